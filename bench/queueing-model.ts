/** A small simulation of jobs that go through stations again and again, and what operational analysis says of the same. */

/** Where a job waits and is served. */
export interface Station {
  readonly name: string;
  /** How many are served side by side; Infinity for a pause. */
  readonly servers: number;
  /** Seconds of one server's time that each job needs on average. */
  readonly seconds: number;
  /** Its servers are disks that sync, each for all who wait for it, in so many seconds besides their own. */
  readonly sync?: number;
}

/** How many jobs a second a station can serve at most. */
export const capacityOf = ({ servers, seconds }: Station): number => servers / seconds;

/**
 * No more jobs get through than the narrowest station lets, nor than there are, divided by the time that one needs when it
 * never waits (Denning and Buzen, "The Operational Analysis of Queueing Network Models", 1978). One that comes to a sync
 * waits for half of another on average.
 */
export function boundOf(stations: readonly Station[], jobs: number): number {
  const alone = stations.reduce((sum, { seconds, sync = 0 }) => sum + seconds + 1.5 * sync, 0);
  return Math.min(jobs / alone, ...stations.map(capacityOf));
}

type Event = readonly [at: number, happen: () => void];

/** Events in the order of their times: a binary heap. */
function openCalendar() {
  const events: Event[] = [];
  const at = (index: number) => events[index]?.[0] ?? Number.POSITIVE_INFINITY;
  const swap = (a: number, b: number) => {
    [events[a], events[b]] = [events[b] as Event, events[a] as Event];
  };
  return {
    add: (event: Event) => {
      let index = events.push(event) - 1;
      for (
        let above = (index - 1) >> 1;
        index > 0 && at(index) < at(above);
        above = (index - 1) >> 1
      ) {
        swap(index, above);
        index = above;
      }
    },
    next: (): Event | undefined => {
      const first = events[0];
      const last = events.pop();
      if (!last || events.length === 0) return first;
      events[0] = last;
      for (let index = 0; ; ) {
        const left = 2 * index + 1;
        const least = at(left + 1) < at(left) ? left + 1 : left;
        if (at(least) >= at(index)) return first;
        swap(index, least);
        index = least;
      }
    },
  };
}

/** Lets jobs go round until so many rounds are done; answers rounds a second, without the first third, which warms up. */
export function simulate(stations: readonly Station[], jobs: number, rounds: number): number {
  const calendar = openCalendar();
  let now = 0;
  let done = 0;
  let warm = 0;
  const doors = stations.map((station, index) =>
    openStation(
      station,
      (seconds, then) => calendar.add([now + seconds, then]),
      () => {
        if (index < stations.length - 1) return doors[index + 1]?.();
        if (++done === Math.floor(rounds / 3)) warm = now;
        doors[0]?.();
      },
    ),
  );
  for (let job = 0; job < jobs; job++) doors[0]?.();
  while (done < rounds) {
    const event = calendar.next();
    if (!event) break;
    now = event[0];
    event[1]();
  }
  return (done - Math.floor(rounds / 3)) / (now - warm);
}

/** Answers how a job comes in; `leave` is called when it is served. */
function openStation(
  { servers, seconds, sync }: Station,
  after: (seconds: number, then: () => void) => void,
  leave: () => void,
): () => void {
  let waiting = 0;
  let busy = 0;
  const serve = () => {
    const together = sync === undefined ? 1 : Math.ceil(waiting / (servers - busy));
    waiting -= together;
    busy++;
    // Exponential: some need long, most little.
    const own =
      sync === undefined ? -Math.log(1 - Math.random()) * seconds : sync + together * seconds;
    after(own, () => {
      busy--;
      if (waiting > 0) serve();
      for (let job = 0; job < together; job++) leave();
    });
  };
  return () => {
    waiting++;
    if (busy < servers) serve();
  };
}
