/**
 * The workload of the laboratory: clients that give, draw, abort, resume and withdraw, and record everything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { runClients } from '../clients/closed-loop.ts';
import { createSeededRandom } from '../clients/seeded-random.ts';
import { type Action, allActions } from './client-actions.ts';
import type { ClientState, LabClient } from './client-state.ts';
import type { History } from './history.ts';

export interface WorkloadPlan {
  readonly seed: string;
  readonly history: History;
  /** The URL of one of the processes, chosen anew each time. */
  url(): string;
  readonly clients?: number;
  readonly actions?: readonly Action[];
  /** In bytes. */
  readonly maxGiftSize?: number;
  /** Pause of each client after each action, in milliseconds. */
  readonly pause?: number;
}

export interface Workload {
  readonly state: ClientState;
  /** Actions that have ended. */
  readonly done: number;
  /** Waits for `actions` more of them, or until `or` settles. */
  waitForActions(actions: number, or?: Promise<unknown>): Promise<void>;
  /** Lets all clients finish their current action. The service must be running. */
  stop(): Promise<void>;
}

/** Starts clients that work until `stop`. */
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
