interface RoundRobin<T> {
  /** Adds one at the end, unless it is there already. */
  add(item: T): void;
}

/** Takes a step for one after another, a limited number in a turn of the event loop. `step` answers whether more is to do. */
export function createRoundRobin<T>(maxStepsPerTurn: number, step: (item: T) => boolean): RoundRobin<T> {
  const items = new Set<T>();
  let isScheduled = false;
  const schedule = () => {
    if (isScheduled || items.size === 0) return;
    isScheduled = true;
    setImmediate(work);
  };
  const work = () => {
    isScheduled = false;
    let steps = 0;
    // A set that is changed meanwhile is walked in the order of insertion.
    for (const item of items) {
      if (steps === maxStepsPerTurn) break;
      steps += 1;
      items.delete(item);
      if (step(item)) items.add(item);
    }
    schedule();
  };
  return {
    add: (item) => {
      items.add(item);
      schedule();
    },
  };
}
