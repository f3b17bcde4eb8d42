/** The product itself as it is built, on embedded defaults: durable, inspected, logged, limited. */
import { programEnvironment, programFlags } from '../../scripts/runtime.mjs';
import { missingReason } from '../../test/setup/packages.ts';
import { freePort } from '../../test/setup/ports.ts';
import { builtProgram } from '../../test/setup/service.ts';
import { postForm, request } from '../load/request-plan.ts';
import { launch, type Peer, type PeerProcess } from './peer.ts';

/** The bytes of what arrived go soon, so that a measurement pays for its own deletions. */
const settings = { GRACE: '5s' };

/** The exchange, with other settings than its defaults where they are said. */
export const ours = (more: Readonly<Record<string, string>> = {}): Peer => ({
  id: 'ours',
  name: 'this exchange',
  missing: async () => undefined,
  start: (folder) => startOurs(folder, more),
});

/** The same, and whoever asks for a sync is told at once that it was done. */
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
  const command = [
    ...under,
    process.execPath,
    ...programFlags,
    builtProgram,
    '--port',
    String(port),
  ];
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
