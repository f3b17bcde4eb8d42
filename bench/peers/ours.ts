/** The built product on embedded defaults: durable, inspected, logged and limited. */
import { randomBytes } from 'node:crypto';
import { programEnvironment, programFlags } from '../../scripts/runtime.mjs';
import { missingReason } from '../../test/setup/packages.ts';
import { freePort } from '../../test/setup/ports.ts';
import { builtProgram } from '../../test/setup/service.ts';
import { postForm, request } from '../load/request-plan.ts';
import { launch, type Peer, type PeerProcess } from './peer.ts';

/**
 * Delivered bytes are removed soon, so that a measurement includes its own deletions. The load comes from fewer addresses than so
 * many gifts and draws would, so their budgets are counted, but not exceeded.
 */
const settings = { GRACE: '5s', FREE_DRAWS_PER_HOUR: '1000000', DAILY_GIFTS: '1000000000' };

/** The exchange on its defaults, with other settings if given. */
export const ours = (more: Readonly<Record<string, string>> = {}): Peer => ({
  id: 'ours',
  name: 'this exchange',
  missing: async () => undefined,
  start: (folder) => startOurs(folder, more),
});

/** The same with encryption at rest. */
export const oursEncrypted = (more: Readonly<Record<string, string>> = {}): Peer => {
  const key = `bench:${randomBytes(32).toString('base64')}`;
  return {
    id: 'encrypted',
    name: 'this exchange, encrypting',
    missing: async () => undefined,
    start: (folder) => startOurs(folder, { ...more, ENCRYPTION_KEYS: key }),
  };
};

/** The same without syncs: eatmydata turns fsync into a no-op. */
export const oursUnsynced = (more: Readonly<Record<string, string>> = {}): Peer => ({
  id: 'unsynced',
  name: 'this exchange, syncing nothing',
  missing: () => missingReason({ eatmydata: 'eatmydata' }),
  start: (folder) => startOurs(folder, more, ['eatmydata']),
});

async function startOurs(
  folder: string,
  more: Readonly<Record<string, string>>,
  under: readonly string[] = [],
): Promise<PeerProcess> {
  const port = await freePort();
  const command = [...under, process.execPath, ...programFlags, builtProgram, '--port', String(port)];
  const { pid, stop } = await launch(port, command, folder, {
    ...programEnvironment,
    ...settings,
    ...more,
  });
  return {
    port,
    pid,
    stop,
    upload: (size) => postForm('/api/upload', size),
    download: {
      mode: 'takes',
      step: (size) => ({ ...request('GET /api/download'), responseSize: size }),
    },
  };
}
