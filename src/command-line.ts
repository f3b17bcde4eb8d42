/** The command line: serves by default, or runs `doctor`, `move`, `keys`, `users`, `admin`, `backup`, `restore`, `seed` or `adopt`. */
import cluster from 'node:cluster';
import { createApp } from './app/create-app.ts';
import { OpenError } from './app/environment.ts';
import { listen } from './app/listen.ts';
import { closeOnSignal, surviveHangup } from './app/shutdown.ts';
import { ConfigError, configHelp, readConfig } from './config/load-settings.ts';
import type { Config } from './config/settings.ts';
import { collectWhenIdle, keepMemoryFlat } from './platform/garbage-collection.ts';

/** The verbs of the command line, each loaded when it is called. A verb answers its exit code. */
const commands: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<number>>>> = {
  move: async () => (await import('./operations/move/command.ts')).runMove,
  doctor: async () => (await import('./operations/doctor/command.ts')).runDoctor,
  keys: async () => (await import('./operations/keys/command.ts')).runKeys,
  users: async () => (await import('./operations/users/command.ts')).runUsers,
  admin: async () => (await import('./operations/admin/command.ts')).runAdmin,
  backup: async () => (await import('./operations/backup/command.ts')).runBackup,
  restore: async () => (await import('./operations/backup/command.ts')).runRestore,
  seed: async () => (await import('./operations/seed/command.ts')).runSeed,
  adopt: async () => (await import('./operations/adopt/command.ts')).runAdopt,
};

keepMemoryFlat();
collectWhenIdle();
surviveHangup();
// A terminal that is gone must not end the service.
process.stderr.on('error', () => undefined);
try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof OpenError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  if (cluster.isWorker) {
    const { runWorker } = await import('./cluster/worker.ts');
    runWorker();
    return;
  }
  const [name = '', ...args] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) {
    const run = await command();
    process.exitCode = await run(args);
    return;
  }
  if (process.argv.includes('--help')) {
    process.stdout.write(configHelp());
    return;
  }
  const config = readConfig();
  const { port, log, close } = await (config.WORKERS === 1 ? serve(config) : serveWithWorkers(config));
  // A mistake in one request must not end all others (R12).
  process.on('unhandledRejection', (err) => log.error({ err }, 'unhandled rejection'));
  closeOnSignal(close);
  // For a person at the terminal. Standard output carries the log.
  const { origin, path } = config.BASE_URL;
  const behind = origin === undefined ? '' : `, for its visitors at ${origin}${path}/`;
  process.stderr.write(`Random File Exchange is open at http://localhost:${port}${behind}\n`);
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

async function serveWithWorkers(config: Config) {
  const { startPrimary } = await import('./cluster/primary.ts');
  return startPrimary(config);
}
