/** `rfx backup` and `rfx restore`. */
import { decideAfterRestore, type RestoreChoice } from '../../app/create-storage.ts';
import { hasLedger, ledgerPath, makePrivateFolder } from '../../app/data-folder.ts';
import { keyFault, openKeyRing } from '../../app/encryption.ts';
import { OpenError, systemEnvironment } from '../../app/environment.ts';
import { describePlace, findStore, openStore } from '../../app/vault-from-settings.ts';
import { ConfigError, readConfig } from '../../config/load-settings.ts';
import type { Config } from '../../config/settings.ts';
import type { KeyRing } from '../../encryption/key-ring.ts';
import { encryptionKeysOf, findPostgresStore, findSqliteStore } from '../../ledger/transfer/raw-store.ts';
import { holdLock } from '../../platform/folder-lock.ts';
import { encryptVault } from '../../vault/encrypted/encrypted-vault.ts';
import type { Vault } from '../../vault/vault.ts';
import { CommandError, readArguments } from '../command-arguments.ts';
import { openRawStore } from '../target.ts';
import { backUp, type CopyResult, restore, type Source } from './backup.ts';

const backupHelp = `Copies ledger and vault of an exchange into a folder; the service may run meanwhile.

Usage: rfx backup --to FOLDER [--verify] [--setting value …]

The settings name the exchange, as for rfx without a verb. A backup in the folder is replaced, and only the bytes of new gifts are
copied; each is compared with its SHA-256. An interrupted backup leaves the one before; repeat it.

  --to FOLDER   The folder, which is made if it is missing.
  --verify      Also read the bytes of earlier backups, and copy damaged ones again.
  --help        Show this and exit.
`;

const restoreHelp = `Brings a backup back into the empty place that the settings name.

Usage: rfx restore --from FOLDER --gifts wait|go-on [--setting value …]

A backup does not know what was delivered after it was made.

  --from FOLDER   The folder of the backup.
  --gifts wait    Keeps all gifts of the backup out of the pool until "rfx adopt --after-restore=go-on".
  --gifts go-on   Puts them into the pool, perhaps to be given for a second time.
  --help          Show this and exit.
`;

/** Returns the exit code: 0 when it is done, 1 when it was not possible. */
export const runBackup = (argv: readonly string[]): Promise<number> =>
  run(argv, backupHelp, { to: 'string', verify: 'boolean' }, async (own, config) => {
    const to = own.get('to');
    if (typeof to !== 'string') throw new CommandError('Say where to: rfx backup --to FOLDER.');
    const result = await makeBackup(config, to, own.has('verify'));
    tell(result, `are in "${to}". Copy that folder to another machine.`);
  });

/** Returns the exit code: 0 when it is done, 1 when it was not possible. */
export const runRestore = (argv: readonly string[]): Promise<number> =>
  run(argv, restoreHelp, { from: 'string', gifts: 'string' }, async (own, config) => {
    const from = own.get('from');
    if (typeof from !== 'string') throw new CommandError('Say where from: rfx restore --from FOLDER.');
    const choice = choiceFrom(own.get('gifts'));
    const result = await bringBack(config, from);
    if (choice === 'wait') await decideAfterRestore(config, choice);
    const next =
      choice === 'wait' ? 'The gifts wait for "rfx adopt --after-restore=go-on".' : 'The gifts are in the pool.';
    tell(result, `are at ${describePlace(config)}. ${next} Start as usual.`);
  });

function choiceFrom(text: string | true | undefined): RestoreChoice {
  if (text === 'wait' || text === 'go-on') return text;
  throw new CommandError(
    'Gifts of the backup may have been delivered after it was made. Say --gifts wait to keep them out of the pool, or --gifts go-on to give them, perhaps for a second time.',
  );
}

async function run(
  argv: readonly string[],
  help: string,
  flags: Readonly<Record<string, 'boolean' | 'string'>>,
  work: (own: ReadonlyMap<string, string | true>, config: Config) => Promise<void>,
): Promise<number> {
  try {
    const types = Object.entries({ ...flags, help: 'boolean' as const }).map(([name, type]) => [name, { type }]);
    const { own, words, settings } = readArguments(argv, Object.fromEntries(types));
    if (own.has('help')) {
      process.stdout.write(help);
      return 0;
    }
    if (words.length > 0) throw new CommandError(`"${words[0]}" is no setting; --help says more.`);
    await work(own, readConfig([...settings]));
    return 0;
  } catch (error) {
    if (![CommandError, ConfigError, OpenError].some((kind) => error instanceof kind)) throw error;
    say((error as Error).message);
    return 1;
  }
}

async function makeBackup(config: Config, path: string, verify: boolean): Promise<CopyResult> {
  const ring = openKeyRing(config, systemEnvironment);
  return withSource(config, ring, async (from) => {
    await makePrivateFolder(path);
    return withLock(path, async () => {
      const folder = embeddedAt(config, path);
      return withVault(folder, ring, (vaults) => backUp(from, { path, ...vaults }, { verify, report: say }));
    });
  });
}

async function bringBack(config: Config, path: string): Promise<CopyResult> {
  const ring = openKeyRing(config, systemEnvironment);
  return withSource(embeddedAt(config, path), ring, async (from) => {
    await makePrivateFolder(config.DATA_DIR);
    return withLock(config.DATA_DIR, async () => {
      const store = await openRawStore(config);
      try {
        return await withVault(config, ring, (vaults) =>
          restore(from, { name: describePlace(config), store, ...vaults }, say),
        );
      } finally {
        await store.db.destroy();
      }
    });
  });
}

/** The settings of an exchange in a folder, whatever the others say. */
const embeddedAt = (config: Config, folder: string): Config => ({
  ...config,
  DATA_DIR: folder,
  DATABASE_URL: '',
  S3_BUCKET: '',
});

/** Opens an exchange for reading. Throws `CommandError` if there is none, or the ring lacks its keys. */
async function withSource<T>(
  config: Config,
  ring: KeyRing | undefined,
  work: (from: Source) => Promise<T>,
): Promise<T> {
  const name = describePlace(config);
  const { DATABASE_URL, DATA_DIR } = config;
  const isThere = DATABASE_URL !== '' || hasLedger(DATA_DIR);
  const find = () => (DATABASE_URL === '' ? findSqliteStore(ledgerPath(DATA_DIR)) : findPostgresStore(DATABASE_URL));
  const store = isThere ? await find() : undefined;
  if (!store) throw new CommandError(`There is no exchange at ${name}; nothing was made there.`);
  try {
    const fault = keyFault(await encryptionKeysOf(store), ring);
    if (fault !== undefined) throw new CommandError(fault);
    const stored = await findStore(config);
    if (!stored) throw new CommandError(`There is a ledger, but no vault at ${name}.`);
    try {
      return await work({ name, store, stored, vault: encryptVault(stored, ring) });
    } finally {
      await stored.close();
    }
  } finally {
    await store.db.destroy();
  }
}

async function withVault<T>(
  config: Config,
  ring: KeyRing | undefined,
  work: (vaults: { readonly stored: Vault; readonly vault: Vault }) => Promise<T>,
): Promise<T> {
  const stored = await openStore(config);
  try {
    return await work({ stored, vault: encryptVault(stored, ring) });
  } finally {
    await stored.close();
  }
}

async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = await holdLock(folder);
  if (!lock) throw new CommandError(`Another process is running on the folder "${folder}".`);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

function tell({ files, rows, damaged }: CopyResult, where: string): void {
  say(`Done: ${files} files and ${rows} rows ${where}`);
  for (const key of damaged) say(`The bytes of ${key} were damaged or gone already.`);
}

const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);
