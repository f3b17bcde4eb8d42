/** The one place that chooses implementations and puts the program together. */
import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import type { Config } from './config.ts';
import { createBoard } from './exchange/board.ts';
import type { Context, Rules } from './exchange/context.ts';
import { type Sweeper, startSweeping } from './exchange/sweeping.ts';
import { createServer } from './http/server.ts';
import type { App } from './http/settings.ts';
import { inspect } from './inspection/inspect.ts';
import { holdLock } from './ledger/lock.ts';
import { openSqliteLedger } from './ledger/open.ts';
import { openDiskVault } from './vault/disk.ts';

/** What a test may say instead of the operating system: time and chance. */
export interface Nature {
  /** Milliseconds since 1970. */
  now(): number;
  randomBytes(size: number): Uint8Array;
  /** A whole number from 0 to below n, each as likely. */
  roll(n: number): number;
}

const realNature: Nature = {
  now: () => Date.now(),
  randomBytes: (size) => randomBytes(size),
  roll: (n) => randomInt(n),
};

/** The program, open but not yet listening. */
export interface Program {
  readonly app: App;
  readonly context: Context;
  readonly sweeper: Sweeper;
  /** Stops taking requests, lets those under way end, and closes everything. */
  close(): Promise<void>;
}

/** The operator's surroundings do not let the program start; the message is one sentence. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
}

/** Opens the ledger and the vault in the data folder and builds the server. Throws `OpenError`. */
export async function open(config: Config, nature: Nature = realNature): Promise<Program> {
  const logger = pino({ level: config.LOG_LEVEL });
  const unlock = await lockDataFolder(config.DATA_DIR);
  const vault = await openDiskVault(join(config.DATA_DIR, 'vault')).catch(asOpenError('The vault'));
  const ledger = await openSqliteLedger(join(config.DATA_DIR, 'ledger.db'), nature.roll).catch(
    asOpenError('The ledger'),
  );
  const context: Context = {
    ledger,
    vault,
    inspect,
    board: createBoard(),
    rules: rulesOf(config),
    live: new Map(),
    now: nature.now,
    randomBytes: nature.randomBytes,
  };
  const app = await createServer({
    context,
    settings: config,
    logger,
    webRoot: join(root, 'dist', 'web'),
    version: await programVersion(),
  });
  const sweeper = startSweeping(context, logger);
  const close = async () => {
    await closeServer(app);
    await sweeper.stop();
    await ledger.close();
    unlock();
  };
  return { app, context, sweeper, close };
}

function rulesOf(config: Config): Rules {
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

/** Makes the data folder and locks it: two processes would each sweep away what the other has under way (R11). */
async function lockDataFolder(folder: string): Promise<() => void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(asOpenError('The data folder'));
  const unlock = await holdLock(join(folder, 'lock.db')).catch(asOpenError('The data folder'));
  if (unlock) return unlock;
  throw new OpenError(
    `Another process is running on the data folder "${folder}"; stop it or choose another DATA_DIR.`,
  );
}

function asOpenError(what: string): (error: unknown) => never {
  return (error) => {
    throw new OpenError(`${what} cannot be opened: ${(error as Error).message}.`, { cause: error });
  };
}

/** How long requests under way may take to end, in milliseconds (R11). */
const grace = 10_000;

async function closeServer(app: App): Promise<void> {
  // Connections that end their last answer meanwhile would stay open for a next request that is not wanted any more.
  const tidy = setInterval(() => app.server.closeIdleConnections(), 50);
  const impatience = setTimeout(() => app.server.closeAllConnections(), grace);
  await app.close();
  clearInterval(tidy);
  clearTimeout(impatience);
}

/** The package's folder: above `dist/server` when built, above `src` when run from the sources. */
const root = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '..' : '../..', import.meta.url),
);

async function programVersion(): Promise<string> {
  const manifest = await readFile(join(root, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
