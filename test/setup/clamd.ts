/** ClamAV's daemon: Debian's, unpacked for the run, with a folder of signatures that the test wrote; and one that misbehaves. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitUntil } from './test-app.ts';

const run = promisify(execFile);

/** The daemon, the scanner itself, and libraries that a small Debian lacks. */
const packages = ['clamav-daemon', 'libclamav12', 'libmspack0', 'libjson-c5'];

interface Found {
  /** The folder that the packages are unpacked in. */
  readonly folder: string;
}

/** Fetches clamd, or returns the reason for its absence. Installing the packages would start daemons. */
export async function findClamd(): Promise<Found | { readonly reason: string }> {
  if (!existsSync('/etc/debian_version')) return { reason: 'clamd is fetched on Debian only' };
  const folder = await mkdtemp(join(tmpdir(), 'rfx-clamd-package-'));
  try {
    const download = () => run('apt-get', ['download', '-qq', ...packages], { cwd: folder });
    await download().catch(async () => {
      await run('apt-get', ['update', '-qq', '-o', 'DPkg::Lock::Timeout=300']);
      await download();
    });
    for (const archive of await readdir(folder)) await run('dpkg-deb', ['-x', join(folder, archive), folder]);
    return { folder };
  } catch (error) {
    await rm(folder, { recursive: true });
    return { reason: `clamd could not be fetched (${(error as Error).message.split('\n')[0]})` };
  }
}

/** The bytes that the written signature finds. */
export const infected = 'these bytes stand for a virus in tests';

/** Starts clamd on a Unix socket, with one signature. */
export async function startClamd({ folder }: Found): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const place = await mkdtemp(join(tmpdir(), 'rfx-clamd-'));
  const socket = join(place, 'clamd.sock');
  const signature = Buffer.from(infected).toString('hex');
  await writeFile(join(place, 'test.ndb'), `Test.Infected:0:*:${signature}\n`);
  await writeFile(
    join(place, 'clamd.conf'),
    `LocalSocket ${socket}\nDatabaseDirectory ${place}\nForeground yes\nStreamMaxLength 1M\n`,
  );
  const libraries = (await readdir(join(folder, 'usr/lib'))).map((name) => join(folder, 'usr/lib', name));
  const clamd = spawn(join(folder, 'usr/sbin/clamd'), ['-c', join(place, 'clamd.conf')], {
    stdio: 'ignore',
    env: { LD_LIBRARY_PATH: libraries.join(':') },
  });
  await waitUntil(() => existsSync(socket) || clamd.exitCode !== null);
  return {
    url: `unix://${socket}`,
    stop: async () => {
      if (clamd.exitCode === null && clamd.signalCode === null) {
        clamd.kill('SIGKILL');
        await once(clamd, 'exit');
      }
      await rm(place, { recursive: true, force: true });
    },
  };
}

/** A clamd that speaks INSTREAM and then answers as told. */
export interface FakeClamd {
  readonly url: string;
  /** The bytes of the last stream, without lengths. */
  readonly received: () => Buffer;
  stop(): Promise<void>;
}

/** Calls `begun` after the command and `whole` after the last chunk. */
export interface ClamdBehaviour {
  begun?(socket: Socket): void;
  whole?(socket: Socket, bytes: Buffer): void;
}

export async function startFakeClamd({ begun, whole }: ClamdBehaviour): Promise<FakeClamd> {
  let received: Buffer = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const server = createServer(async (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let rest: Buffer = Buffer.alloc(0);
    const chunks: Buffer[] = [];
    let hasBegun = false;
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      if (!hasBegun && rest.length >= 10) {
        hasBegun = true;
        rest = rest.subarray(10);
        begun?.(socket);
      }
      while (hasBegun && rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
        const length = rest.readUInt32BE(0);
        chunks.push(rest.subarray(4, 4 + length));
        rest = rest.subarray(4 + length);
        if (length > 0) continue;
        received = Buffer.concat(chunks);
        whole?.(socket, received);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `tcp://127.0.0.1:${port}`,
    received: () => received,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
