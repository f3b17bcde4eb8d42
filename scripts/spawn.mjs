// Starting other programs, so that they end when we are told to end.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @type {readonly NodeJS.Signals[]} */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Ctrl-C reaches us twice, from the terminal and from npm; what comes again this soon is the same wish. */
const echoTime = 500;

/** An npm that is killed cannot tell us; its children would live on and keep the port. */
const npm = process.env.npm_lifecycle_event === undefined ? undefined : process.ppid;

/**
 * Runs a program and resolves with its exit code, 128 + n when signal n ended it. A quiet one is heard only when it
 * fails, and then in full.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} options
 * @returns {Promise<number>}
 */
export async function run(program, args, { cwd, env = process.env, quiet = false }) {
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const child = spawn(program, args, { cwd, env, stdio });
  /** @type {Buffer[]} */
  const heard = [];
  child.stdout?.on('data', (chunk) => heard.push(chunk));
  child.stderr?.on('data', (chunk) => heard.push(chunk));
  const stopPassing = passSignals(child);
  try {
    const code = await ended(child);
    if (code !== 0 && quiet) process.stderr.write(Buffer.concat(heard));
    return code;
  } finally {
    stopPassing();
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function passSignals(child) {
  /** @type {Map<string, number>} */
  const last = new Map();
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    const now = performance.now();
    if (now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < echoTime) return;
    last.set(signal, now);
    child.kill(signal);
  };
  for (const signal of passedOn) process.on(signal, pass);
  const watch = setInterval(() => {
    if (npm === undefined || process.ppid === npm) return;
    clearInterval(watch);
    pass('SIGTERM');
  }, 250).unref();
  return () => {
    clearInterval(watch);
    for (const signal of passedOn) process.off(signal, pass);
  };
}
