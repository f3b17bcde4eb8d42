/** The clients of the laboratory: they give, draw, break off, come back and take back, and note all of it in a history. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runClients } from '../clients/closed-loop.ts';
import { createSeededRandom } from '../clients/seeded-random.ts';
import { type Action, allActions } from './client-actions.ts';
import type { ClientState, LabClient } from './client-state.ts';
import type { History } from './history.ts';

export interface WorkloadPlan {
  readonly seed: string;
  readonly history: History;
  /** The address of a process, each time another. */
  url(): string;
  readonly clients?: number;
  readonly actions?: readonly Action[];
  /** How large a gift may be, in bytes. */
  readonly maxGiftSize?: number;
  /** A pause of each client after each action, in milliseconds. */
  readonly pause?: number;
}

export interface Workload {
  readonly state: ClientState;
  /** Acts that came to their end. */
  readonly done: number;
  /** Waits for so many more actions, or until something else has happened. */
  waitForActions(actions: number, or?: Promise<unknown>): Promise<void>;
  /** Lets everybody finish what they are at; the service must be there. */
  stop(): Promise<void>;
}

/** Sets a workload to work until it is stopped. */
export function startWorkload(plan: WorkloadPlan): Workload {
  const { seed, history, url, clients = 64, maxGiftSize = 4_000 } = plan;
  const { actions = allActions, pause = 0 } = plan;
  const state: ClientState = {
    history,
    url,
    maxGiftSize,
    tickets: new Set(),
    pendingDeliveries: new Map(),
    complaints: [],
    gifts: 0,
    requests: 0,
    isOver: false,
  };
  let done = 0;
  const all = Array.from({ length: clients }, (_, number) => ({
    random: createSeededRandom(`${seed}/${number}`),
    name: `g${number}`,
    secret: undefined,
  }));
  const step = async (number: number) => {
    const client = all[number] as LabClient;
    await client.random
      .pick(actions)(state, client)
      .catch((error: unknown) => state.complaints.push(`${(error as Error).stack}`));
    done += 1;
    if (pause > 0) await sleep(pause);
  };
  const running = runClients(clients, step, () => state.isOver);
  return {
    state,
    get done() {
      return done;
    },
    waitForActions: async (count, or) => {
      const goal = done + count;
      let isEnough = false;
      void or?.finally(() => {
        isEnough = true;
      });
      while (done < goal && !isEnough) await sleep(5);
    },
    stop: async () => {
      state.isOver = true;
      await running;
    },
  };
}
