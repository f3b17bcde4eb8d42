/** `rfx seed`: puts the files of a folder into the pool as starter gifts, for which nothing is owed. */
import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createApp } from '../../app/create-app.ts';
import { listen } from '../../app/listen.ts';
import { readConfig } from '../../config/load-settings.ts';
import type { Config } from '../../config/settings.ts';
import { type Client, createClient } from '../../contract/client.ts';
import { CommandError, readArguments, shown } from '../command-arguments.ts';

const seedHelp = `Puts the files of a folder into the pool as starter gifts. Stop the service first, unless its ledger is a PostgreSQL.

Usage: rfx seed FOLDER [--setting value …]

Each file is inspected like every gift, and nothing is owed for it. Files in folders below are given too; hidden ones are not.
`;

const flags = { help: { type: 'boolean' } } as const;

/** Returns the exit code: 0 when all are given, 1 when some were refused, 2 when it was not possible. */
export async function runSeed(argv: readonly string[]): Promise<number> {
  try {
    const { own, words, settings } = readArguments(argv, flags);
    if (own.has('help')) {
      process.stdout.write(seedHelp);
      return 0;
    }
    const [folder, ...more] = words;
    if (folder === undefined || more.length > 0) throw new CommandError('Name one folder; rfx seed --help says more.');
    const files = await filesIn(folder);
    const refused = await withExchange(readConfig([...settings]), (client) => giveAll(client, files));
    process.stdout.write(`${files.length - refused} of ${files.length} files are in the pool.\n`);
    return refused === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const isHidden = (path: string) =>
    path
      .slice(folder.length)
      .split('/')
      .some((part) => part.startsWith('.'));
  return files.filter((path) => !isHidden(path)).toSorted();
}

/** Opens the exchange on a port of its own, where only this machine reaches it. The operator is not limited. */
async function withExchange<T>(config: Config, work: (client: Client) => Promise<T>): Promise<T> {
  const own: Config = { ...config, HOST: '127.0.0.1', PORT: 0, RATE_LIMIT: false, LOG_LEVEL: 'warn' };
  const program = await createApp(own);
  try {
    const port = await listen(program, own);
    return await work(createClient(`http://127.0.0.1:${port}${config.BASE_URL.path}`));
  } finally {
    await program.close();
  }
}

/** Returns how many were refused, and says why. */
async function giveAll(client: Client, files: readonly string[]): Promise<number> {
  let refused = 0;
  for (const path of files) {
    try {
      await client.upload({ name: basename(path), bytes: await openAsBlob(path) });
    } catch (error) {
      refused++;
      process.stderr.write(`${shown(path)}: ${(error as Error).message}\n`);
    }
  }
  return refused;
}
