/** A server of the comparison: how to start it, which requests it takes, and where its files are. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../test/setup/ports.ts';
import type { RequestTemplate } from '../load/request-plan.ts';
import { freshFolder, putAside } from '../tools/fresh-folders.ts';

export const peerIds = [
  'ours',
  'encrypted',
  'unsynced',
  'nginx',
  'gunicorn',
  'flask',
  'tus',
  'fastify',
  'bare',
] as const;
export type PeerId = (typeof peerIds)[number];

export interface Peer {
  /** Its name on the command line and in tables. */
  readonly id: PeerId;
  readonly name: string;
  /** Installs what it needs if possible. Resolves with the reason if it cannot run here. */
  missing(): Promise<string | undefined>;
  /** The versions of its software. */
  versions?(): Promise<string>;
  start(folder: string): Promise<PeerProcess>;
}

export interface PeerProcess {
  readonly port: number;
  /** The root of its process tree. */
  readonly pid: number;
  readonly upload: (size: number) => RequestTemplate;
  readonly download?: PeerDownload;
  /** Deletes all files; missing where downloads do that anyway. */
  clear?(): Promise<void>;
  stop(): Promise<void>;
}

export interface PeerDownload {
  readonly step: (size: number) => RequestTemplate;
  /** `takes`: a download removes a file. `names`: a file is requested by its number. */
  readonly mode: 'takes' | 'names';
  /** Puts files into the pool without uploads. */
  place?(count: number, size: number): Promise<void>;
}

interface LaunchedProcess {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A peer must not outlive this process; SIGTERM lets it end its own workers. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/** Starts a program that listens on a given port, and waits until it does. */
export async function launch(
  port: number,
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<LaunchedProcess> {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    if (stderr.length < 2_000) stderr += chunk;
  });
  const deadline = performance.now() + 20_000;
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`${program} does not listen: ${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    port,
    pid: child.pid as number,
    stop: async () => {
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      clearTimeout(impatience);
    },
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

/** Recreates the folder of a peer's files. */
export async function emptyFolder(folder: string): Promise<void> {
  await putAside(folder);
  await freshFolder(folder);
}

/** Starts a program of `programs/`, which keeps its files in `files`. */
export async function launchProgram(name: string, folder: string): Promise<LaunchedProcess> {
  await freshFolder(join(folder, 'files'));
  const port = await freePort();
  const program = join(import.meta.dirname, 'programs', `${name}.ts`);
  const args = [...process.execArgv, program, String(port), join(folder, 'files')];
  return launch(port, [process.execPath, ...args], folder);
}
