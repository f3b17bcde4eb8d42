/** Starts the built program, as a person would, and stops it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Service {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it said on standard error so far. */
  stderr(): string;
  /** Settles when the process has ended, however it did. */
  readonly ended: Promise<Ending>;
  kill(signal: NodeJS.Signals): void;
  /** Ends it as an operator would, and removes its folder if that was made for it. */
  stop(): Promise<void>;
}

export const program = join(import.meta.dirname, '../../dist/server/main.js');

/**
 * Starts the program on a free port with settings as an operator would write them, and with a data folder of its own
 * unless `DATA_DIR` says where.
 */
export async function startService(
  settings: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-service-'));
  const child = spawn(process.execPath, ['--enable-source-maps', program], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: join(folder, 'data'),
      FREE_SPACE_FLOOR: '1MiB',
      LOG_LEVEL: 'warn',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }) as Ending);
  const port = await openPort(child);
  return {
    url: `http://localhost:${port}`,
    port,
    pid: child.pid as number,
    stderr: () => complaints,
    ended,
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The program says on which port it is open, on one of its outputs. */
function openPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      const port = /open at http:\/\/localhost:(\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`The program ended with ${code}: ${said}`)));
  });
}
