/** Opens ledger and vault as the settings say, and whatever maintains them. */
import type { Config } from '../config/settings.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import { recordNotedArrivals } from '../exchange/arrival-journal.ts';
import { deadlinesFrom } from '../exchange/deadlines.ts';
import { alsoPublishTo, createEventBus, type EventBus } from '../exchange/events.ts';
import type { ExchangeContext, MaintenanceContext } from '../exchange/ports.ts';
import type { Rules } from '../exchange/rules.ts';
import { createDailyHash } from '../exchange/secrets.ts';
import { createReservations } from '../exchange/storage/reservations.ts';
import { adoptVault, bindVault, ForeignVault } from '../exchange/storage/vault-binding.ts';
import type { ExistingLedger, Ledger } from '../ledger/ledger.ts';
import { cached } from '../platform/cached.ts';
import type { DiskHealth } from '../vault/disk/disk-health.ts';
import { openBlocklist } from './blocklist-file.ts';
import { assertFolderExists, type DataFolder, inodeOfLedger, ledgerPath, openDataFolder } from './data-folder.ts';
import { startClock } from './database-clock.ts';
import { agreeOnKeys, openKeyRing } from './encryption.ts';
import { asOpenError, type Environment, OpenError, systemEnvironment } from './environment.ts';
import { writtenPages } from './operator-pages.ts';
import { offloadWarnings, openVault } from './vault-from-settings.ts';

/** A ledger with its vault, and the context of their maintenance. */
export interface Storage extends MaintenanceContext {
  /** Sentences for the log. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/** The parts of the storage that a process has from its primary. */
export interface SharedStorage {
  /** The health of the disk, which all processes share. */
  readonly health?: DiskHealth;
  /** Undefined where each process opens the ledger itself. */
  readonly shared?: Pick<ExchangeContext, 'ledger' | 'events'> | undefined;
}

/** Opens ledger and vault. A worker on SQLite has the ledger from its primary. Throws `OpenError`. */
export async function createStorage(
  config: Config,
  environment: Environment,
  primary: SharedStorage = {},
): Promise<Storage> {
  const folder = primary.shared ? notOurs : await openDataFolder(config);
  try {
    return await openParts(config, environment, primary, folder);
  } catch (error) {
    folder.release();
    throw error;
  }
}

/** How long the figures of the pool are cached, in milliseconds. */
const maxFiguresAge = 500;
/** How long a working ledger is not checked again for gifts, in milliseconds; a commit finds its own faults. */
const maxCheckAge = 1_000;

/** The data folder of a worker, which its primary has opened. */
const notOurs: DataFolder = { warnings: [], assertHeld: () => undefined, release: () => undefined };

async function openParts(
  config: Config,
  environment: Environment,
  { shared, health }: SharedStorage,
  folder: DataFolder,
): Promise<Storage> {
  const blocklist = await openBlocklist(config, environment);
  const ring = openKeyRing(config, environment);
  const vault = await openVault(config, ring, health).catch(asOpenError('The vault'));
  const ledger = shared?.ledger ?? (await openLedger(config, environment, ring).catch(asOpenError('The ledger')));
  const agree = async () => {
    if (!shared) await agreeOnKeys(ledger, ring, environment.now());
    return bindVault({ ledger, vault, ...environment });
  };
  const vaultId = await agree().catch(async (error) => {
    await ledger.close();
    await vault.close();
    if (error instanceof ForeignVault) throw new OpenError(foreignSentence(error), { cause: error });
    return asOpenError('The storage')(error);
  });
  const clock = await openClock(config, environment, ledger);
  const bus = shared ? { events: shared.events, close: async () => undefined } : await openEventBus(config);
  const rules = rulesFrom(config);
  const settleArrivals = () =>
    recordNotedArrivals({ ledger, events: bus.events, rules, now: clock.now }, config.DATA_DIR);
  if (!shared) {
    await settleArrivals();
    await ledger.markInterrupted();
  }
  const checked = shared ? ledger : checkedWith(folder, ledger);
  return {
    ledger: checked,
    checkLedger: cached(environment.elapsed, maxCheckAge, () => checked.check()),
    vault,
    vaultId,
    keySecret: await ledger.keySecret(clock.now(), Buffer.from(environment.randomBytes(32)).toString('base64url')),
    warnings: shared
      ? []
      : [...folder.warnings, ...offloadWarnings(config), ...(await noticeCopy(config, environment, ledger))],
    events: bus.events,
    rules,
    settleArrivals,
    removalRetries: new Map(),
    suspects: new Map(),
    losses: [],
    blocklist,
    blocklistProgress: { listed: undefined, withheld: new Set(), version: 0, from: 0, last: 0 },
    reservations: createReservations(),
    keptFigures: cached(environment.elapsed, maxFiguresAge, () => ledger.keptFigures()),
    dailyHash: createDailyHash({ ledger, now: clock.now, randomBytes: environment.randomBytes }),
    isShared: config.DATABASE_URL !== '',
    now: clock.now,
    elapsed: environment.elapsed,
    close: async () => {
      clock.stop();
      blocklist?.close();
      await bus.close();
      await ledger.close();
      await vault.close();
      folder.release();
    },
  };
}

/** Warns at the first start on a copy of the data folder: the inode of its ledger is another than at the last start. */
async function noticeCopy({ DATABASE_URL, DATA_DIR }: Config, { now }: Environment, ledger: Ledger): Promise<string[]> {
  if (DATABASE_URL !== '') return [];
  const inode = inodeOfLedger(DATA_DIR);
  const last = (await ledger.findJobState('start'))?.found.inode;
  // On a full disk the next start warns again.
  if (last !== inode) await ledger.saveJobState('start', { at: now(), found: { inode } }).catch(() => undefined);
  return last === undefined || last === inode
    ? []
    : [
        'This data folder is a copy. If it is an older one, gifts may have been delivered since, and are given again: stop, and decide with "rfx adopt --after-restore".',
      ];
}

/** The ledger, which is not fit for gifts once another process has taken the folder's lock. */
const checkedWith = ({ assertHeld }: DataFolder, ledger: Ledger): Ledger => ({
  ...ledger,
  check: async () => {
    assertHeld();
    await ledger.check();
  },
});

const foreignSentence = ({ message }: ForeignVault) =>
  `The vault cannot be used: ${message}; bring back the right one (a mount, a backup, DATA_DIR, S3_BUCKET, S3_PREFIX), see what "rfx doctor" says, or take this one as it is with "rfx adopt".`;

/** The database's clock where several processes share it, unless a test sets the time. */
async function openClock({ DATABASE_URL }: Config, environment: Environment, ledger: Ledger) {
  const isByDatabase = DATABASE_URL !== '' && environment === systemEnvironment;
  return isByDatabase ? startClock(ledger) : { now: environment.now, stop: () => undefined };
}

/**
 * Binds the configured vault to the ledger, whatever is in it (`rfx adopt`). Gifts that only one of them knows are lost. Throws
 * `OpenError`.
 */
export async function adopt(config: Config, environment: Environment = systemEnvironment): Promise<void> {
  await assertFolderExists(config);
  const folder = await openDataFolder(config);
  try {
    const ring = openKeyRing(config, environment);
    const vault = await openVault(config, ring).catch(asOpenError('The vault'));
    const ledger = await openLedger(config, environment, ring).catch(asOpenError('The ledger'));
    await adoptVault({ ledger, vault, ...environment }).finally(() => ledger.close());
    await vault.close();
  } finally {
    folder.release();
  }
}

/** The operator's decision on the gifts of a restored copy, which may have been delivered after the copy was made. */
export type RestoreChoice = 'wait' | 'go-on';

/** How many gifts one transaction moves. */
const restoreBatch = 200;

/**
 * Takes all gifts out of circulation (`wait`), or returns those that wait (`go-on`); answers how many. Throws `OpenError` beside a
 * running service on SQLite.
 */
export async function decideAfterRestore(
  config: Config,
  choice: RestoreChoice,
  environment: Environment = systemEnvironment,
): Promise<number> {
  const folder = await openDataFolder(config);
  try {
    const ledger = await openLedger(config, environment, undefined).catch(asOpenError('The ledger'));
    try {
      const deadlines = deadlinesFrom({ rules: rulesFrom(config), now: environment.now });
      const step = choice === 'wait' ? ledger.setAside : ledger.returnSetAside;
      let total = 0;
      for (let count = -1; count !== 0; total += count) ({ count } = await step(deadlines, restoreBatch));
      return total;
    } finally {
      await ledger.close();
    }
  } finally {
    folder.release();
  }
}

/** Opens the event bus of this process, connected to those of all processes on one PostgreSQL. */
export async function openEventBus({
  DATABASE_URL,
}: Pick<Config, 'DATABASE_URL'>): Promise<{ events: EventBus; close(): Promise<void> }> {
  const events = createEventBus();
  if (DATABASE_URL === '') return { events, close: async () => undefined };
  const { openNotifications } = await import('../ledger/engine/postgres/notifications.ts');
  const { publish, close } = await openNotifications(DATABASE_URL, {
    onMessage: events.publish,
    onGap: events.wakeAll,
  });
  return { events: alsoPublishTo(events, publish), close };
}

/** The operator's choices in the terms of the exchange. */
export function rulesFrom(config: Config): Rules {
  return {
    maxFileSize: config.MAX_FILE_SIZE,
    poolMaxBytes: config.POOL_MAX_BYTES,
    poolMaxGifts: config.POOL_MAX_GIFTS,
    freeSpaceFloor: config.FREE_SPACE_FLOOR,
    processShare: 1 / config.WORKERS,
    giftTtl: config.GIFT_TTL,
    ticketTtl: config.TICKET_TTL,
    lease: config.LEASE,
    // Twice the time that the slowest transfer needs.
    renewalPerByte: config.MIN_SPEED > 0 ? 2_000 / config.MIN_SPEED : null,
    hold: config.HOLD,
    grace: config.GRACE,
    reportHold: config.REPORT_HOLD,
    retention: config.RETENTION,
    appealWindow: config.APPEAL_WINDOW,
    freeDraws: config.FREE_DRAWS,
    blind: config.BLIND,
    pages: writtenPages(config.PAGES_DIR),
    dailyGifts: config.RATE_LIMIT ? config.DAILY_GIFTS : null,
    accounts: config.ACCOUNTS,
    rooms: config.ROOMS
      ? { maxRooms: config.MAX_ROOMS, maxGifts: config.ROOM_MAX_GIFTS, maxBytes: config.ROOM_MAX_BYTES }
      : null,
  };
}

/** Opens the ledger that the settings name if there is one, and creates nothing. */
export async function findLedger(
  { DATABASE_URL, DATA_DIR }: Config,
  isWritable: boolean,
): Promise<ExistingLedger | undefined> {
  const { findPostgresLedger, findSqliteLedger } = await import('../ledger/create-ledger.ts');
  const { roll } = systemEnvironment;
  if (DATABASE_URL === '') return findSqliteLedger(ledgerPath(DATA_DIR), roll, isWritable);
  return findPostgresLedger(DATABASE_URL, roll);
}

async function openLedger(config: Config, environment: Environment, ring: KeyRing | undefined): Promise<Ledger> {
  const ledger = await openDatabase(config, environment, ring !== undefined);
  if (!ring) return ledger;
  const { sealTexts } = await import('../ledger/sealed/sealed-ledger.ts');
  return sealTexts(ledger, ring);
}

async function openDatabase(config: Config, { roll }: Environment, erasesDeleted: boolean): Promise<Ledger> {
  const { DATABASE_URL, DATABASE_UNSAFE, DATA_DIR } = config;
  const { openPostgresLedger, openSqliteLedger } = await import('../ledger/create-ledger.ts');
  if (DATABASE_URL === '') return openSqliteLedger(ledgerPath(DATA_DIR), roll, erasesDeleted);
  return openPostgresLedger(DATABASE_URL, roll, { allowUnsafe: DATABASE_UNSAFE });
}
