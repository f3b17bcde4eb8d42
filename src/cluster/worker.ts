/** A worker: serves at the port that all share, with the ledger of its lead, or one that it opens by itself (PostgreSQL). */

import {
  createApp,
  type PrimaryResources,
  type RunningApp,
  systemEnvironment,
} from '../app/create-app.ts';
import { closeOnSignal, listen } from '../app/listen.ts';
import type { Config } from '../config/settings.ts';
import { alsoPublishTo, createEventBus, type EventBus } from '../exchange/events.ts';
import type { MetricsPeers } from '../http/context.ts';
import type { TicketNotice } from '../ledger/types.ts';
import { createDiskHealth } from '../vault/disk/disk-health.ts';
import { deserializeError, type SerializedError, serializeError } from './error-serialization.ts';
import { remoteLedger } from './remote-ledger.ts';
import { type MessageCarrier, openRpc, type RpcChannel } from './rpc.ts';

/** Waits for what the lead says. */
export function runWorker(): void {
  // Before Node.js would, which takes its time to tidy up: the next lead may be there already.
  process.prependListener('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  let program: RunningApp | undefined;
  let tellMetrics = async (): Promise<unknown> => undefined;
  const events = createEventBus();
  const trust = createDiskHealth((cause) => wire.tell('distrust', serializeError(cause)));
  const end = closeOnSignal(async () => program?.close());
  const wire = openRpc(toLead, {
    open: async (config: Config) => {
      const crew: MetricsPeers = {
        metrics: async () => (await wire.ask('metrics')) as readonly unknown[],
        onMetrics: (tell) => {
          tellMetrics = tell;
        },
      };
      const shared = config.DATABASE_URL === '' ? sharing(wire, events) : undefined;
      program = await createApp(config, systemEnvironment, { crew, trust, shared });
      const { app } = program;
      process.on('unhandledRejection', (err) => app.log.error({ err }, 'unhandled rejection'));
      return listen(program, config);
    },
    end,
    news: (notices: readonly TicketNotice[]) => events.publish(notices),
    distrust: (cause: SerializedError) => trust.markFailed(deserializeError(cause)),
    missed: () => events.wakeAll(),
    metrics: () => tellMetrics(),
  });
}

const sharing = (wire: RpcChannel, events: EventBus): PrimaryResources['shared'] => ({
  ledger: remoteLedger(wire),
  events: alsoPublishTo(events, (notices) => wire.tell('news', notices)),
});

const toLead: MessageCarrier = {
  // What cannot be sent any more has nobody to hear it.
  send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
  onMessage: (hear) => void process.on('message', hear),
};
