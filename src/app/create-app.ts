/**
 * The one place that chooses implementations and puts the program together. What only some processes need is loaded where they
 * need it: the lead of workers serves nobody, and a worker may have no database.
 */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/settings.ts';
import { alsoPublishTo, createEventBus } from '../exchange/events.ts';
import { startScheduler } from '../exchange/maintenance/scheduler.ts';
import type { ExchangeContext, MaintenanceContext } from '../exchange/ports.ts';
import type { Rules } from '../exchange/rules.ts';
import { adoptVault, bindVault, ForeignVault } from '../exchange/vault-binding.ts';
import type { HttpServer, MetricsPeers } from '../http/context.ts';
import { openLog } from '../platform/log.ts';
import { createRandomBytes } from '../platform/random.ts';
import type { DiskHealth } from '../vault/disk/disk-health.ts';
import { createAccelOffloader, type Offloader } from '../vault/offload.ts';
import { createS3Offloader } from '../vault/s3/presigned-urls.ts';
import { findS3Vault, openS3Vault, type S3Place } from '../vault/s3/s3-vault.ts';
import {
  findLayeredVault,
  maxSmallFileSize,
  openLayeredVault,
  openSharedVault,
} from '../vault/small-files/layered-vault.ts';
import type { ExistingVault, Vault } from '../vault/vault.ts';
import { startClock } from './database-clock.ts';

/** What a test may say instead of the operating system: time, chance, and where lines of log go. */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  randomBytes(size: number): Uint8Array;
  /** A whole number from 0 to below n, each as likely. */
  roll(n: number): number;
  /** Standard output when nothing is said. */
  readonly log?: { write(line: string): void };
}

export const systemEnvironment: Environment = {
  now: () => Date.now(),
  randomBytes: createRandomBytes(),
  roll: (n) => randomInt(n),
};

/** The program, open but not yet listening. */
export interface RunningApp {
  readonly app: HttpServer;
  readonly context: ExchangeContext;
  /** Stops taking requests, lets those under way end, and closes everything. */
  close(): Promise<void>;
}

/** What a worker has from its lead; see `cluster/`. */
export interface PrimaryResources {
  readonly crew: MetricsPeers;
  /** In the disk, of all of them. */
  readonly trust: DiskHealth;
  /** Undefined where every process opens the ledger by itself. */
  readonly shared: Pick<ExchangeContext, 'ledger' | 'events'> | undefined;
}

/** Ledger and vault, which know each other, and whatever else it takes to look after them. */
export interface Storage extends MaintenanceContext {
  close(): Promise<void>;
}

/** The operator's surroundings do not let the program start; the message is one sentence. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
}

/** Opens the ledger and the vault in the data folder and builds the server. Throws `OpenError`. */
export async function createApp(
  config: Config,
  nature: Environment = systemEnvironment,
  lead?: PrimaryResources,
): Promise<RunningApp> {
  const stock = await openStorage(config, nature, lead);
  try {
    return await serve(config, nature, stock, lead);
  } catch (error) {
    await stock.close();
    throw error;
  }
}

async function serve(
  config: Config,
  nature: Environment,
  stock: Storage,
  lead: PrimaryResources | undefined,
): Promise<RunningApp> {
  const logger = openLog(config.LOG_LEVEL, nature.log);
  const { createServer } = await import('../http/server.ts');
  const { inspect } = await import('../inspection/inspect.ts');
  const exchange: ExchangeContext = {
    ...stock,
    offloader: await openOffloader(config).catch(asOpenError('The vault')),
    inspect,
    activeTransfers: new Map(),
    randomBytes: nature.randomBytes,
    isShared: stock.isShared || lead !== undefined,
  };
  const app = await createServer({
    exchange,
    settings: config,
    logger,
    webRoot: join(root, 'dist', 'web'),
    version: await programVersion(),
    ...(lead && { peers: lead.crew }),
  });
  // Whoever has the ledger looks after it.
  const sweeper = lead?.shared ? undefined : startScheduler(exchange, logger);
  const close = async () => {
    await closeServer(app);
    await sweeper?.stop();
    await stock.close();
  };
  return { app, context: exchange, close };
}

/** Opens ledger and vault. A worker whose lead has the ledger shares it. Throws `OpenError`. */
export async function openStorage(
  config: Config,
  nature: Environment,
  lead: Partial<PrimaryResources> = {},
): Promise<Storage> {
  const unlock = lead.shared ? () => undefined : await makeDataFolder(config);
  try {
    return await openStockIn(config, nature, lead, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function openStockIn(
  config: Config,
  nature: Environment,
  { shared, trust }: Partial<PrimaryResources>,
  unlock: () => void,
): Promise<Storage> {
  const vault = await openVault(config, trust).catch(asOpenError('The vault'));
  const ledger =
    shared?.ledger ?? (await openLedger(config, nature).catch(asOpenError('The ledger')));
  const vaultId = await bindVault({ ledger, vault, ...nature }).catch(async (error) => {
    await ledger.close();
    await vault.close();
    if (error instanceof ForeignVault) throw new OpenError(notOwn(error), { cause: error });
    return asOpenError('The vault')(error);
  });
  if (!shared) await ledger.markInterrupted();
  // A test's clock is the test's to set.
  const isByLedger = config.DATABASE_URL !== '' && nature === systemEnvironment;
  const clock = isByLedger ? await startClock(ledger) : { now: nature.now, stop: () => undefined };
  const news = shared
    ? { events: shared.events, close: async () => undefined }
    : await openEventBus(config);
  return {
    ledger,
    vault,
    vaultId,
    events: news.events,
    rules: rulesOf(config),
    removalRetries: new Map(),
    suspects: new Map(),
    isShared: config.DATABASE_URL !== '',
    now: clock.now,
    elapsed: () => performance.now(),
    close: async () => {
      clock.stop();
      await news.close();
      await ledger.close();
      await vault.close();
      unlock();
    },
  };
}

const notOwn = ({ message }: ForeignVault) =>
  `The vault cannot be used: ${message}; bring back the right one (a mount, DATA_DIR, S3_BUCKET, S3_PREFIX), or take this one as it is with "rfx adopt".`;

/**
 * Takes the vault that the settings name for the ledger's, whatever is in it: what the ledger knows and the vault does not hold
 * is lost, and the other way round. Throws `OpenError`.
 */
export async function adopt(
  config: Config,
  nature: Environment = systemEnvironment,
): Promise<void> {
  const unlock = await makeDataFolder(config);
  try {
    const vault = await openVault(config).catch(asOpenError('The vault'));
    const ledger = await openLedger(config, nature).catch(asOpenError('The ledger'));
    await adoptVault({ ledger, vault, ...nature }).finally(() => ledger.close());
    await vault.close();
  } finally {
    unlock();
  }
}

/** Where news are made known: in this process, and in all others that there may be. */
export async function openEventBus({ DATABASE_URL }: Pick<Config, 'DATABASE_URL'>) {
  const events = createEventBus();
  if (DATABASE_URL === '') return { events, close: async () => undefined };
  const { openNotifications } = await import('../ledger/engine/postgres/notifications.ts');
  const { publish, close } = await openNotifications(DATABASE_URL, {
    onMessage: events.publish,
    onGap: events.wakeAll,
  });
  return { events: alsoPublishTo(events, publish), close };
}

/** The vault that the settings name; a disk's trust may be that of several processes. */
export async function openVault(config: Config, trust?: DiskHealth): Promise<Vault> {
  const { DATABASE_URL, S3_BUCKET, BUNDLE_UP_TO } = config;
  if (S3_BUCKET !== '') return openS3Vault(placeOf(config));
  // Several machines may share the folder by a network, which SQLite's locks do not reach.
  return DATABASE_URL === ''
    ? openLayeredVault(vaultFolder(config), BUNDLE_UP_TO, trust)
    : openSharedVault(vaultFolder(config), trust);
}

const vaultFolder = ({ DATA_DIR }: Config) => join(DATA_DIR, 'vault');

/** The vault that the settings name, if there is one; nothing is made or proved. */
export async function findVault(config: Config): Promise<ExistingVault | undefined> {
  return config.S3_BUCKET === ''
    ? findLayeredVault(vaultFolder(config))
    : findS3Vault(placeOf(config));
}

/** What the ledger and the vault that the settings name are called before people: without secrets. */
export function describePlace({ DATABASE_URL, DATA_DIR, S3_BUCKET }: Config): string {
  const { host, pathname } = new URL(DATABASE_URL || 'file:');
  const ledger = DATABASE_URL === '' ? `${DATA_DIR}/ledger.db` : `${host}${pathname}`;
  return `${ledger} and ${S3_BUCKET === '' ? `${DATA_DIR}/vault` : `the bucket ${S3_BUCKET}`}`;
}

/** Who else may send what is in the vault. */
async function openOffloader(config: Config): Promise<Offloader | undefined> {
  switch (config.DELIVERY) {
    case 'proxy':
      return undefined;
    case 'x-accel':
      return createAccelOffloader(
        config.X_ACCEL_PREFIX,
        config.DATABASE_URL === '' ? maxSmallFileSize : 0,
      );
    case 'redirect': {
      const place = placeOf(config);
      return createS3Offloader({ ...place, endpoint: config.S3_PUBLIC_ENDPOINT ?? place.endpoint });
    }
  }
}

function placeOf(config: Config): S3Place {
  const { DATA_DIR, S3_BUCKET, S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_PATH_STYLE } = config;
  return {
    bucket: S3_BUCKET,
    endpoint: S3_ENDPOINT,
    region: config.S3_REGION,
    credentials:
      S3_ACCESS_KEY_ID === ''
        ? undefined
        : { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: config.S3_SECRET_ACCESS_KEY },
    pathStyle: S3_PATH_STYLE === 'auto' ? S3_ENDPOINT !== undefined : S3_PATH_STYLE === 'on',
    prefix: config.S3_PREFIX,
    spool: join(DATA_DIR, 'spool'),
  };
}

/** The operator's choices, as the exchange calls them. */
export function rulesOf(config: Config): Rules {
  return {
    maxFileSize: config.MAX_FILE_SIZE,
    poolMaxBytes: config.POOL_MAX_BYTES,
    freeSpaceFloor: config.FREE_SPACE_FLOOR,
    giftTtl: config.GIFT_TTL,
    ticketTtl: config.TICKET_TTL,
    lease: config.LEASE,
    hold: config.HOLD,
    grace: config.GRACE,
    reportHold: config.REPORT_HOLD,
    freeDraws: config.FREE_DRAWS,
  };
}

async function openLedger(
  { DATABASE_URL, DATABASE_UNSAFE, DATA_DIR }: Config,
  { roll }: Environment,
) {
  const { openPostgresLedger, openSqliteLedger } = await import('../ledger/create-ledger.ts');
  if (DATABASE_URL === '') return openSqliteLedger(ledgerPath(DATA_DIR), roll);
  return openPostgresLedger(DATABASE_URL, roll, { allowUnsafe: DATABASE_UNSAFE });
}

/**
 * Makes the data folder, and locks it when the ledger lies in it: a second process would not know of the first (R11). Those
 * that share a PostgreSQL may share a folder as well, which then holds the bytes, or only what is on its way to S3.
 */
async function makeDataFolder({ DATA_DIR: folder, DATABASE_URL }: Config): Promise<() => void> {
  await makePrivateFolder(folder).catch(asOpenError('The data folder'));
  if (DATABASE_URL !== '') return () => undefined;
  const { holdLock } = await import('../platform/folder-lock.ts');
  const unlock = await holdLock(join(folder, 'lock.db')).catch(asOpenError('The data folder'));
  if (unlock) return unlock; // mutant: folder-unlocked
  throw new OpenError(
    `Another process is running on the data folder "${folder}"; stop it or choose another DATA_DIR.`,
  );
}

/** Makes a data folder, which is for nobody else, if it is not there. */
export const makePrivateFolder = (path: string) => mkdir(path, { recursive: true, mode: 0o700 });

/** Where the embedded ledger lies in a data folder. */
export const ledgerPath = (folder: string): string => join(folder, 'ledger.db');

/** Whether a data folder has an embedded ledger. */
export const hasLedger = (folder: string): boolean => existsSync(ledgerPath(folder));

function asOpenError(what: string): (error: unknown) => never {
  return (error) => {
    throw new OpenError(`${what} cannot be opened: ${(error as Error).message}.`, { cause: error });
  };
}

/** How long requests under way may take to end, in milliseconds (R11). */
const grace = 10_000;

async function closeServer(app: HttpServer): Promise<void> {
  // Connections that end their last answer meanwhile would stay open for a next request that is not wanted any more.
  const tidy = setInterval(() => app.server.closeIdleConnections(), 50);
  const impatience = setTimeout(() => app.server.closeAllConnections(), grace);
  await app.close();
  clearInterval(tidy);
  clearTimeout(impatience);
}

/** The package's folder: above `dist/server` when built, above `src` when run from the sources. */
const root = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../..' : '../../..', import.meta.url),
);

async function programVersion(): Promise<string> {
  const manifest = await readFile(join(root, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
