/** Starts and stops the built program as an operator would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programEnvironment, programFlags } from '../../scripts/runtime.mjs';

/** The exit status of a process. */
interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Service {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Of the current process. */
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Waits until the current process has ended. */
  exited(): Promise<ExitStatus>;
  /** Kills the process if it still runs, and starts it again on the same data. */
  restart(options?: RunOptions): Promise<void>;
  stop(): Promise<void>;
}

/** How to run a process. */
export interface RunOptions {
  /** A program that runs it, with its arguments. */
  readonly wrapper?: readonly string[];
  /** Another program than the built one. */
  readonly program?: string;
  /** Receives what it prints, on both streams. */
  onOutput?(output: string): void;
}

/** The output of `npm run build`. */
export const builtProgram = join(import.meta.dirname, '../../dist/server/main.js');

/** Starts the program on a free port and a data folder of its own, with settings as in the environment. */
export async function startService(
  settings: Readonly<Record<string, string>> = {},
  first: RunOptions = {},
): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-service-'));
  let child = run(folder, { PORT: '0', ...settings }, first);
  let released: Promise<unknown> = once(child, 'close');
  const port = await openPort(child);
  return {
    url: `http://localhost:${port}`,
    port,
    dataDir: join(folder, 'data'),
    get pid() {
      return child.pid as number;
    },
    kill: (signal) => void child.kill(signal),
    exited: () => endOf(child),
    restart: async (options = first) => {
      child.kill('SIGKILL');
      await endOf(child);
      child = run(folder, { ...settings, PORT: String(port) }, options);
      // Workers that outlive a killed primary hold its output open, and write to the folder until they end.
      released = Promise.all([released, once(child, 'close')]);
      await openPort(child);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await released;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a command of the built program to its end in a folder, with these settings in its environment. */
export async function runCommand(cwd: string, settings: Readonly<Record<string, string>>, ...argv: string[]) {
  const child = spawn(process.execPath, [...programFlags, builtProgram, ...argv], {
    cwd,
    env: { PATH: process.env.PATH, ...settings },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

/** The children of a process (Linux). */
export const childProcessesOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

/** A test that fails before it stops its service must not leave it running. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function run(
  folder: string,
  settings: Readonly<Record<string, string>>,
  { wrapper = [], program = builtProgram, onOutput }: RunOptions,
): ChildProcess {
  const [command, ...args] = [...wrapper, process.execPath, ...programFlags, program] as [string];
  const child = spawn(command, args, {
    cwd: folder,
    env: {
      ...programEnvironment,
      PATH: process.env.PATH,
      DATA_DIR: join(folder, 'data'),
      FREE_SPACE_FLOOR: '1MiB',
      LOG_LEVEL: 'warn',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (onOutput)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => onOutput(String(chunk)));
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function endOf(child: ChildProcess): Promise<ExitStatus> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, signal: child.signalCode };
}

/** Reads the port from the program's first line of output. */
function openPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const hear = (chunk: Buffer) => {
      output += chunk;
      const port = /open at http:\/\/localhost:(\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => reject(new Error(`The program ended with ${code}: ${output}`)));
  });
}
