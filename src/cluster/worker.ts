import { createApp, type PrimaryResources, type RunningApp } from '../app/create-app.ts';
import { systemEnvironment } from '../app/environment.ts';
import { listen } from '../app/listen.ts';
import { closeOnSignal } from '../app/shutdown.ts';
import type { Config } from '../config/settings.ts';
import { alsoPublishTo, createEventBus, type EventBus } from '../exchange/events.ts';
import type { MetricsPeers } from '../http/context.ts';
import type { TicketNotice } from '../ledger/types.ts';
import { createDiskHealth } from '../vault/disk/disk-health.ts';
import { deserializeError, type SerializedError, serializeError } from './error-serialization.ts';
import { remoteLedger } from './remote-ledger.ts';
import { createRpc, type RpcChannel, type Transport } from './rpc.ts';

/** Runs a worker: it serves on the shared port, with the primary's ledger or its own connection to PostgreSQL. */
export function runWorker(): void {
  // Before Node.js exits gracefully: another primary may start at once, and must not share the storage with us.
  process.prependListener('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  let running: RunningApp | undefined;
  let readMetrics = async (): Promise<unknown> => undefined;
  const events = createEventBus();
  const health = createDiskHealth((cause) => rpc.notify('diskFailed', serializeError(cause)));
  const rpc = createRpc(toPrimary, {
    open: async (config: Config) => {
      const peers: MetricsPeers = {
        metrics: async () => (await rpc.call('metrics')) as readonly unknown[],
        onMetrics: (read) => {
          readMetrics = read;
        },
      };
      const shared = config.DATABASE_URL === '' ? sharedStorage(rpc, events) : undefined;
      running = await createApp(config, systemEnvironment, { peers, health, shared });
      const { app } = running;
      process.on('unhandledRejection', (err) => app.log.error({ err }, 'unhandled rejection'));
      return listen(running, config, true);
    },
    shutDown: closeOnSignal(async () => running?.close()),
    publish: (notices: readonly TicketNotice[]) => events.publish(notices),
    diskFailed: (cause: SerializedError) => health.markFailed(deserializeError(cause)),
    wakeAll: () => events.wakeAll(),
    metrics: () => readMetrics(),
  });
}

const sharedStorage = (rpc: RpcChannel, events: EventBus): PrimaryResources['shared'] => ({
  ledger: remoteLedger(rpc),
  events: alsoPublishTo(events, (notices) => rpc.notify('publish', notices)),
});

const toPrimary: Transport = {
  // The callback ignores errors: a closed channel has no receiver.
  send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
  onMessage: (listener) => void process.on('message', listener),
};
