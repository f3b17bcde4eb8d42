/**
 * The composition root: chooses implementations and puts the program together. Modules that only some processes need are
 * loaded on use, since a primary serves no requests and a worker may have no database.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from '../config/settings.ts';
import { openArrivalJournal } from '../exchange/arrival-journal.ts';
import { startScheduler } from '../exchange/maintenance/scheduler.ts';
import type { ExchangeContext } from '../exchange/ports.ts';
import type { HttpServer, MetricsPeers } from '../http/context.ts';
import { openLog } from '../platform/log.ts';
import { createStorage, type SharedStorage, type Storage } from './create-storage.ts';
import { asOpenError, type Environment, systemEnvironment } from './environment.ts';
import { readBuiltPage, readPage } from './operator-pages.ts';
import { closeServer } from './shutdown.ts';
import { openOffloader } from './vault-from-settings.ts';

/** The program, open but not yet listening. */
export interface RunningApp {
  readonly app: HttpServer;
  readonly context: ExchangeContext;
  /** Accepts no more requests, lets those in progress end, and closes everything. */
  close(): Promise<void>;
}

/** The resources that a worker has from its primary; see `cluster/`. */
export interface PrimaryResources extends Required<SharedStorage> {
  readonly peers: MetricsPeers;
}

/** Opens the ledger and the vault and builds the server. Throws `OpenError`. */
export async function createApp(
  config: Config,
  environment: Environment = systemEnvironment,
  primary?: PrimaryResources,
): Promise<RunningApp> {
  const storage = await createStorage(config, environment, primary);
  try {
    return await buildApp(config, environment, storage, primary);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function buildApp(
  config: Config,
  environment: Environment,
  storage: Storage,
  primary: PrimaryResources | undefined,
): Promise<RunningApp> {
  const log = openLog(config.LOG_LEVEL, environment.log);
  const { logger } = log;
  for (const warning of storage.warnings) logger.warn(warning);
  const { createServer } = await import('../http/server.ts');
  const { inspect } = await import('../inspection/inspect.ts');
  const { openInspectors } = await import('../inspection/open-inspectors.ts');
  const inspectors = openInspectors(config, storage.blocklist);
  const exchange: ExchangeContext = {
    ...storage,
    offloader: await openOffloader(config).catch(asOpenError('The vault')),
    inspect,
    inspectors: inspectors.all,
    cleaner: inspectors.cleaner,
    activeTransfers: new Map(),
    arrivalJournal: openArrivalJournal(config.DATA_DIR),
    randomBytes: environment.randomBytes,
    isShared: storage.isShared || primary !== undefined,
  };
  const accounts = await openAccountsFrom(config, exchange, logger);
  const app = await createServer({
    exchange,
    ...(accounts && { accounts }),
    settings: config,
    logger,
    logFault: log.fault,
    webRoot: join(root, 'dist', 'web'),
    readBuiltPage: () => readBuiltPage(join(root, 'dist', 'web')),
    readPage: (page) => readPage(config.PAGES_DIR, page),
    version: await programVersion(),
    ...(primary && { peers: primary.peers }),
  });
  // The process that owns the ledger maintains it.
  const scheduler = primary?.shared ? undefined : startScheduler(exchange, logger);
  const close = async () => {
    await closeServer(app);
    await scheduler?.stop();
    await accounts?.close();
    await inspectors.close();
    exchange.arrivalJournal.close();
    await storage.close();
  };
  return { app, context: exchange, close };
}

/** Opens accounts where they are on; nothing of theirs is loaded otherwise. */
async function openAccountsFrom(config: Config, exchange: ExchangeContext, logger: Logger) {
  if (config.ACCOUNTS === 'off') return undefined;
  const { openAccounts } = await import('../accounts/open-accounts.ts');
  return openAccounts(config, { ...exchange, log: logger }).catch(asOpenError('Accounts'));
}

/** The package's folder: above `dist/server` when built, above `src` when run from the sources. */
const root = fileURLToPath(new URL('../..', import.meta.url));

async function programVersion(): Promise<string> {
  const manifest = await readFile(join(root, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
