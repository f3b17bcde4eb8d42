#!/usr/bin/env node
/** config → open → listen → close with grace. */
import cluster from 'node:cluster';
import { setFlagsFromString } from 'node:v8';
import { adopt, createApp, OpenError } from './app/create-app.ts';
import { closeOnSignal, listen } from './app/listen.ts';
import { ConfigError, configHelp, readConfig } from './config/load-settings.ts';
import type { Config } from './config/settings.ts';

keepMemoryFlat();
try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof OpenError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/**
 * Bytes pass through in buffers that are garbage a moment later, and V8 looks for young garbage only when the young
 * generation is full: at its usual size a hundred transfers leave a hundred MiB lying about first (promise P9). What
 * grows old before it is garbage is looked for when all that is alive has grown by so much, and not by twice as usual.
 */
function keepMemoryFlat(): void {
  setFlagsFromString('--heap-growing-percent=30');
  // Older versions do not know the flag, and would say so.
  if (Number.parseInt(process.versions.v8, 10) < 13) return;
  setFlagsFromString('--scavenger-max-new-space-capacity-mb=4');
}

async function main(): Promise<void> {
  if (cluster.isWorker) {
    const { runWorker } = await import('./cluster/worker.ts');
    runWorker();
    return;
  }
  if (process.argv[2] === 'move') {
    const { runMove } = await import('./operations/move/command.ts');
    process.exitCode = await runMove(process.argv.slice(3));
    return;
  }
  if (process.argv[2] === 'doctor') {
    const { runDoctor } = await import('./operations/doctor/command.ts');
    process.exitCode = await runDoctor(process.argv.slice(3));
    return;
  }
  if (process.argv[2] === 'adopt') {
    await adopt(readConfig(process.argv.slice(3)));
    process.stderr.write('The ledger knows this vault for its own now; start as usual.\n');
    return;
  }
  if (process.argv.includes('--help')) {
    process.stdout.write(configHelp());
    return;
  }
  const config = readConfig();
  const { port, log, close } = await (config.WORKERS === 1 ? serve(config) : leadWorkers(config));
  // A slip of ours in one request must not end all the others (R12).
  process.on('unhandledRejection', (err) => log.error({ err }, 'unhandled rejection'));
  // For the person who started us; standard output carries the log, for machines.
  process.stderr.write(`Random File Exchange is open at http://localhost:${port}\n`);
  closeOnSignal(close);
}

async function serve(config: Config) {
  const program = await createApp(config);
  const { app, close } = program;
  try {
    return { port: await listen(program, config), log: app.log, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function leadWorkers(config: Config) {
  const { startPrimary } = await import('./cluster/primary.ts');
  return startPrimary(config);
}
