// Child processes that end when we are told to end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/** @type {readonly NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Ctrl-C arrives twice, from the terminal and from npm: a repetition within these milliseconds is not forwarded. */
const echoTime = 500;

/** An npm that is killed cannot signal us, and our child would keep its port. */
const npm = process.env.npm_lifecycle_event === undefined ? undefined : process.ppid;

/**
 * Runs a program and resolves with its exit code, or 128 + n if signal n ended it. A quiet one prints only when it fails.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} options
 * @returns {Promise<number>}
 */
export async function run(program, args, { cwd, env = process.env, quiet = false }) {
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
  const stopForwarding = forwardSignals(child);
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0 && quiet) process.stderr.write(Buffer.concat(output));
    return code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)];
  } finally {
    stopForwarding();
  }
}

/** @param {import('node:child_process').ChildProcess} child */
function forwardSignals(child) {
  /** @type {Map<string, number>} */
  const last = new Map();
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const now = performance.now();
    if (now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < echoTime) return;
    last.set(signal, now);
    child.kill(signal);
  };
  for (const signal of forwarded) process.on(signal, forward);
  const watch = setInterval(() => {
    if (npm !== undefined && process.ppid !== npm) forward('SIGTERM');
  }, 250).unref();
  // With nohup the hangup ends npm, and the program ignores it and goes on.
  const keepOn = () => {
    if (!process.stdout.isTTY && !process.stderr.isTTY) clearInterval(watch);
  };
  process.on('SIGHUP', keepOn);
  return () => {
    clearInterval(watch);
    process.off('SIGHUP', keepOn);
    for (const signal of forwarded) process.off(signal, forward);
  };
}
