/** A server that is compared: how it is started, what is sent to it, and where its bytes lie. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../test/setup/ports.ts';
import type { RequestTemplate } from '../load/request-plan.ts';
import { freshFolder, putAside } from '../tools/fresh-folders.ts';

export const peerIds = [
  'ours',
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
  /** What it is called on the command line, and what in a table. */
  readonly id: PeerId;
  readonly name: string;
  /** Why it cannot run here; undefined where it can. Installs what it needs if that is possible. */
  missing(): Promise<string | undefined>;
  /** What it is made of, for those who want to measure the same. */
  versions?(): Promise<string>;
  start(folder: string): Promise<PeerProcess>;
}

export interface PeerProcess {
  readonly port: number;
  /** Of the process that started all others it has. */
  readonly pid: number;
  readonly upload: (size: number) => RequestTemplate;
  readonly download?: PeerDownload;
  /** Forgets all files, where that is not what its downloads do anyway. */
  clear?(): Promise<void>;
  stop(): Promise<void>;
}

export interface PeerDownload {
  readonly step: (size: number) => RequestTemplate;
  /** `takes`: each download takes a file away; `names`: it is asked for by the number it was uploaded with. */
  readonly mode: 'takes' | 'names';
  /** Puts files into the pool without uploading them. */
  place?(count: number, size: number): Promise<void>;
}

export interface LaunchedProcess {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A peer must not outlive us, and one with workers has to end them itself. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/** Starts a program that was told to listen on a port, and waits until it does. */
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
  let said = '';
  child.stderr?.on('data', (chunk) => {
    if (said.length < 2_000) said += chunk;
  });
  const deadline = performance.now() + 20_000;
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`${program} does not listen: ${said}`);
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

/** Where a peer keeps its files, made anew. */
export async function emptyFolder(folder: string): Promise<void> {
  await putAside(folder);
  await freshFolder(folder);
}

/** Starts one of our own programs for peers, which keeps its files in `files`. */
export async function launchProgram(name: string, folder: string): Promise<LaunchedProcess> {
  await freshFolder(join(folder, 'files'));
  const port = await freePort();
  const program = join(import.meta.dirname, 'programs', `${name}.ts`);
  const args = [...process.execArgv, program, String(port), join(folder, 'files')];
  return launch(port, [process.execPath, ...args], folder);
}
