/** Starts the load generator in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadPlan, LoadResult } from './load-plan.ts';

export interface LoadGenerator {
  run(order: Omit<LoadPlan, 'addressesFrom'>): Promise<LoadResult>;
  stop(): void;
}

/**
 * The addresses of 127.1.0.0/16. They are reused late, so that rate limits per address apply but are never reached.
 */
const addresses = 65_536;

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'program.ts'), {
    execArgv: process.execArgv,
    serialization: 'advanced',
  });
  let addressesFrom = 0;
  return {
    run: async (order) => {
      child.send({ ...order, addressesFrom });
      addressesFrom = (addressesFrom + order.connections) % addresses;
      const [{ result, failed }] = (await once(child, 'message')) as [{ result?: LoadResult; failed?: string }];
      if (!result) throw new Error(`The load could not be driven: ${failed}`);
      return result;
    },
    stop: () => child.disconnect(),
  };
}
