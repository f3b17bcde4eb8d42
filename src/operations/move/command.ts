/** `rfx move`: moves an exchange to the place that the settings in a file name. */
import { parseArgs } from 'node:util';
import { hasLedger, makePrivateFolder } from '../../app/data-folder.ts';
import { keyFault, openKeyRing } from '../../app/encryption.ts';
import { systemEnvironment } from '../../app/environment.ts';
import { describePlace, openStore } from '../../app/vault-from-settings.ts';
import { ConfigError, readConfig, readConfigFile } from '../../config/load-settings.ts';
import type { Config } from '../../config/settings.ts';
import { countServices } from '../../ledger/engine/postgres/postgres.ts';
import { clearMove, encryptionKeysOf, findMove, type RawStore } from '../../ledger/transfer/raw-store.ts';
import { holdLock } from '../../platform/folder-lock.ts';
import { encryptVault } from '../../vault/encrypted/encrypted-vault.ts';
import { openRawStore } from '../target.ts';
import { MoveError, move, type Place } from './move.ts';

const moveHelp = `Moves ledger and vault of an exchange to another place.

Usage: rfx move --to FILE

The current settings name the old place, as for rfx without a verb. FILE contains the settings of the new place in the format of
a .env file: DATABASE_URL, S3_BUCKET and so on, or DATA_DIR. To move back, swap both. The service may run while most files are
copied; a message tells when to stop it. Every file is verified by its SHA-256. To continue an interrupted move, repeat it.

  --to FILE   Settings of the new place, which must be empty.
  --stay      Cancel an interrupted move.
  --help      Show this and exit.
`;

/** Returns the exit code. */
export async function runMove(argv: readonly string[]): Promise<number> {
  const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);
  try {
    const options = readOptions(argv);
    if (options.help) process.stdout.write(moveHelp);
    else if (options.stay) await cancelMove();
    else await moveTo(options.to, say);
    return 0;
  } catch (error) {
    if (!(error instanceof MoveError || error instanceof ConfigError)) throw error;
    say(error.message);
    return 1;
  }
}

function readOptions(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { to: { type: 'string' }, stay: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (!values.help && !values.stay && values.to === undefined)
      throw new MoveError('Say where to: rfx move --to FILE, with the settings of the new place.');
    return { help: values.help === true, stay: values.stay === true, to: values.to ?? '' };
  } catch (error) {
    if (error instanceof MoveError) throw error;
    throw new MoveError(`${(error as Error).message.split('. ')[0]}; rfx move --help says more.`);
  }
}

async function moveTo(file: string, say: (sentence: string) => void): Promise<void> {
  const [from, to] = [await openHere(), await openPlace(readConfigFile(file))];
  try {
    if (from.name === to.name) throw new MoveError(`Both are ${from.name}.`);
    await assertKeys(from, from.ring, 'Here');
    await assertKeys(from, to.ring, `In ${file}`);
    const { files, rows, damaged } = await move(from, to, { report: say });
    say(`Done: ${files} files and ${rows} rows are at ${to.name}. Start it with the settings of ${file}.`);
    for (const key of damaged) say(`The bytes of ${key} were damaged or gone already.`);
  } finally {
    await from.store.db.destroy();
    await to.store.db.destroy();
  }
}

async function cancelMove(): Promise<void> {
  const { store } = await openHere();
  try {
    const current = await findMove(store);
    if (current?.state !== 'leaving') throw new MoveError('Nothing is being moved from here.');
    await clearMove(store);
  } finally {
    await store.db.destroy();
  }
}

/** Opens the existing exchange of the current settings. */
async function openHere(): Promise<Place> {
  const config = readConfig([]);
  if (config.DATABASE_URL === '' && !hasLedger(config.DATA_DIR))
    throw new MoveError(`There is no exchange in the data folder "${config.DATA_DIR}".`);
  return openPlace(config);
}

async function openPlace(config: Config): Promise<Place> {
  try {
    await makePrivateFolder(config.DATA_DIR);
    const store = await openRawStore(config);
    return {
      name: describePlace(config),
      store,
      ...(await openVaults(config)),
      lock: () => lockLedger(store, config),
    };
  } catch (error) {
    throw new MoveError(`It cannot be opened: ${(error as Error).message}.`, { cause: error });
  }
}

async function openVaults(config: Config) {
  const ring = openKeyRing(config, systemEnvironment);
  const stored = await openStore(config);
  return { ring, stored, vault: encryptVault(stored, ring) };
}

/** Throws unless the ring can open all that moves. */
async function assertKeys({ store }: Place, ring: Place['ring'], where: string): Promise<void> {
  const fault = keyFault(await encryptionKeysOf(store), ring);
  if (fault !== undefined) throw new MoveError(`${where}: ${fault}`);
}

const pollInterval = 500;

/** Waits until no service uses the ledger. Returns how to release the lock. */
async function lockLedger(store: RawStore, { DATABASE_URL, DATA_DIR }: Config): Promise<() => void> {
  for (;;) {
    if (DATABASE_URL === '') {
      const lock = await holdLock(DATA_DIR);
      if (lock) return lock.release;
    } else if ((await countServices(store.db)) === 0) return () => undefined;
    await new Promise((resolve) => setTimeout(resolve, pollInterval));
  }
}
