/** The clients of the laboratory: they give, draw, break off, come back and take back, and note all of it in a history. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Act, acts } from './client-actions.ts';
import type { World } from './client-state.ts';
import type { History } from './history.ts';
import { type Dice, diceOf } from './seeded-random.ts';

export interface CrowdPlan {
  readonly seed: string;
  readonly history: History;
  /** The address of a process, each time another. */
  url(): string;
  readonly clients?: number;
  readonly acts?: readonly Act[];
  /** How large a gift may be, in bytes. */
  readonly largest?: number;
  /** A pause of each client after each act, in milliseconds. */
  readonly pause?: number;
}

export interface Crowd {
  readonly world: World;
  /** Acts that came to their end. */
  readonly done: number;
  /** Waits for so many more acts, or until something else has happened. */
  more(acts: number, or?: Promise<unknown>): Promise<void>;
  /** Lets everybody finish what they are at; the service must be there. */
  stop(): Promise<void>;
}

/** Sets a crowd to work until it is stopped. */
export function startCrowd(plan: CrowdPlan): Crowd {
  const { seed, history, url, clients = 64, largest = 4_000 } = plan;
  const { acts: ways = acts, pause = 0 } = plan;
  const world: World = {
    history,
    url,
    largest,
    tickets: new Set(),
    promised: new Map(),
    complaints: [],
    gifts: 0,
    asked: 0,
    isOver: false,
  };
  let done = 0;
  const work = async (number: number) => {
    const dice: Dice = diceOf(`${seed}/${number}`);
    const drawer = { dice, name: `g${number}`, secret: undefined };
    while (!world.isOver) {
      await dice
        .one(ways)(world, drawer)
        .catch((error: unknown) => world.complaints.push(`${(error as Error).stack}`));
      done += 1;
      if (pause > 0) await sleep(pause);
    }
  };
  const all = Promise.all(Array.from({ length: clients }, (_, number) => work(number)));
  return {
    world,
    get done() {
      return done;
    },
    more: async (count, or) => {
      const goal = done + count;
      let isEnough = false;
      void or?.finally(() => {
        isEnough = true;
      });
      while (done < goal && !isEnough) await sleep(5);
    },
    stop: async () => {
      world.isOver = true;
      await all;
    },
  };
}
