/** What all processes behind one port tell of themselves: whoever is asked shall speak for all of them. */

import type { Storage } from '../app/create-app.ts';
import type { Config } from '../config/settings.ts';
import type { WorkerHandle } from './fork.ts';

/** Who does not answer in this time is left out, in milliseconds. */
const patience = 3_000;

type Tell = () => Promise<unknown>;

/** The metrics of the lead itself; what it takes to know them is loaded only where somebody asks. */
export function metricsOfPrimary(config: Config, stock: Storage): Tell {
  let opened: Promise<{ read: Tell } | undefined> | undefined;
  return async () => {
    opened ??= import('../http/metrics/metrics.ts').then(({ openMetrics }) =>
      openMetrics({ exchange: { ...stock, activeTransfers: new Map() }, settings: config }),
    );
    return (await opened)?.read();
  };
}

/** Answers with the metrics of the lead, if it has any, and of workers. */
export async function gatherMetrics(
  lead: Tell | undefined,
  hands: readonly WorkerHandle[],
): Promise<readonly unknown[]> {
  const telling = [lead?.(), ...hands.map(({ wire }) => wire.ask('metrics'))];
  const told = await Promise.all(telling.map(soon));
  return told.filter((one) => one !== undefined);
}

async function soon(telling: Promise<unknown> | undefined): Promise<unknown> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), patience);
  const told = telling?.catch(() => undefined);
  return Promise.race([told, late.promise]).finally(() => clearTimeout(timer));
}
