/**
 * Opens the whole program in a test: real ledger, vault and sockets; the test controls time and randomness.
 */

import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type RunningApp } from '../../src/app/create-app.ts';
import type { Environment } from '../../src/app/environment.ts';
import { readConfig } from '../../src/config/load-settings.ts';
import { type Client, createClient } from '../../src/contract/client.ts';
import { reconcile, suspicionTime } from '../../src/exchange/maintenance/reconcile.ts';
import { sweep } from '../../src/exchange/maintenance/sweep.ts';
import type { ExchangeContext } from '../../src/exchange/ports.ts';
import { openRawConnection } from '../clients/raw-connection.ts';
import { smallFilesIn } from './corrupt-bytes.ts';

export interface TestApp {
  readonly url: string;
  readonly port: number;
  readonly client: Client;
  readonly running: RunningApp;
  readonly folder: string;
  /** Moves the clock and sweeps. */
  advanceTime(milliseconds: number): Promise<void>;
  /** Asks for readiness, after the age at which a check is repeated. */
  ready(): Promise<Response>;
  /** Gives a file without a ticket. */
  upload(name: string, bytes: string | Uint8Array, headers?: Record<string, string>): Promise<Response>;
  /**
   * The files in the vault, finished or not. Gifts in the bundle are listed by the path that their file would have.
   */
  blobs(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens the program in a new folder, or a given one, with settings as in the environment. */
export async function openTestApp(
  settings: Record<string, string> = {},
  environment: Partial<Environment> = {},
  folder?: string,
): Promise<TestApp> {
  const place = folder ?? (await mkdtemp(join(tmpdir(), 'rfx-app-')));
  let offset = 0;
  let elapsedOffset = 0;
  const now = () => Date.now() + offset;
  const config = readConfig(
    [],
    {
      DATA_DIR: place,
      LOG_LEVEL: 'silent',
      RATE_LIMIT: 'off',
      FREE_SPACE_FLOOR: '1MiB',
      ...settings,
    },
    join(place, 'no.env'),
  );
  const running = await createApp(config, {
    now,
    elapsed: () => performance.now() + elapsedOffset,
    randomBytes,
    roll: (n) => randomInt(n),
    ...environment,
  });
  await running.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = running.app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    running,
    folder: place,
    client: createClient(url),
    advanceTime: async (milliseconds) => {
      await transfersEnded(running.context);
      offset += milliseconds;
      await sweep(running.context);
    },
    ready: () => {
      elapsedOffset += 2_000;
      return fetch(`${url}/health/ready`);
    },
    upload: (name, bytes, headers = {}) =>
      fetch(`${url}/api/upload`, { method: 'POST', body: formOf(name, bytes), headers }),
    blobs: async () => {
      const names = await readdir(join(place, 'vault'), { recursive: true, withFileTypes: true });
      const files = names
        .filter((entry) => entry.isFile() && !/^(?:id|small\.db.*)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name));
      return [...files, ...smallFilesIn(join(place, 'vault'))];
    },
    close: async () => {
      running.app.server.closeAllConnections();
      await running.close();
      if (folder === undefined) await rm(place, { recursive: true });
    },
  };
}

/**
 * Waits until transfers have ended: a client has its last byte before the arrival is recorded. Transfers that a test holds open
 * delay it for a moment only.
 */
async function transfersEnded({ activeTransfers }: ExchangeContext): Promise<void> {
  const end = performance.now() + 250;
  while (activeTransfers.size > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Compares vault and ledger twice, a suspicion time apart, so that every difference counts as confirmed. */
export async function reconcileTwice(context: ExchangeContext) {
  const suspects = new Map<string, number>();
  await reconcile({ ...context, suspects, elapsed: () => 0 });
  return reconcile({ ...context, suspects, elapsed: () => suspicionTime });
}

export function formOf(name: string, bytes: string | Uint8Array): FormData {
  const form = new FormData();
  form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
  return form;
}

export const fileOf = (name: string, bytes: string | Uint8Array) => ({
  name,
  bytes: new Blob([bytes as Uint8Array<ArrayBuffer>]),
});

/** Sends raw bytes and collects the response until the connection closes or `enough` accepts it. */
export async function rawRequest(
  port: number,
  bytes: string | Uint8Array,
  enough: (answer: string) => boolean = () => false,
): Promise<string> {
  const socket = await openRawConnection(port);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
    if (enough(answer)) socket.destroy();
  });
  socket.resume();
  socket.write(bytes);
  if (!socket.closed) await once(socket, 'close');
  return answer;
}

/** Requests a path and resets the connection after this many bytes of the body, as a crashing client does. */
export async function abortDownload(port: number, path: string, bytes: number, headers = ''): Promise<string> {
  const socket = await openRawConnection(port);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
  let answer = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    answer = Buffer.concat([answer, chunk as Buffer]);
    const body = answer.indexOf('\r\n\r\n');
    if (body >= 0 && answer.length - body - 4 >= bytes) break;
  }
  socket.resetAndDestroy();
  return answer.toString('latin1');
}

/** Waits until a condition is true; the test's time limit ends it. */
export async function waitUntil(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
