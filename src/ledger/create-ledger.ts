import type { Kysely } from 'kysely';
import { claimJob, findJobState, saveJobState } from './coordination/jobs.ts';
import { addressHashKey, recordUsage } from './coordination/rate-usage.ts';
import { findVaultId, proposeVault, saveVaultId } from './coordination/vault-id.ts';
import type { Engine, Isolation } from './engine/engine.ts';
import {
  findPostgres,
  openPostgres,
  type PostgresOptions,
  postgres,
} from './engine/postgres/postgres.ts';
import { findSqlite, openSqlite, sqlite } from './engine/sqlite.ts';
import type { Deadlines, ExistingLedger, Ledger, SweepResult } from './ledger.ts';
import { audit } from './maintenance/audit.ts';
import { compactSlots, findSparsePools } from './maintenance/compact-slots.ts';
import {
  keysOfShard,
  markRemoved,
  neededGifts,
  nextLeaseEnd,
  purge,
  removable,
} from './maintenance/purge.ts';
import { repairCounters } from './maintenance/repair-counters.ts';
import { findOverlooked, serveOverlooked } from './maintenance/serve-overlooked.ts';
import type { Table } from './matching/claim.ts';
import { expireGifts, hasExpiredGifts, hasGift } from './matching/gift-rows.ts';
import type { Random } from './matching/random-pick.ts';
import { expireTickets, findTicket, hasExpiredTickets } from './matching/tickets.ts';
import type { Db, Tables } from './schema/tables.ts';
import { ledgerMetrics } from './stats/metrics.ts';
import { poolFigures } from './stats/pool-stats.ts';
import { NeedsExclusive, type Outcome } from './transactions/batch.ts';
import { createWriteQueue, maxBatchSize } from './transactions/write-queue.ts';
import { assertNotMoved } from './transfer/raw-store.ts';
import { completeAll } from './verbs/complete.ts';
import {
  findDelivery,
  markInterrupted,
  noteOffloaded,
  renewLease,
  reopen,
} from './verbs/deliver.ts';
import { drawForTickets, drawFreeGifts } from './verbs/draw.ts';
import { expireLeases } from './verbs/expire-leases.ts';
import { giveAll } from './verbs/give.ts';
import { quarantine, quarantineDamaged, quarantineMissing } from './verbs/quarantine.ts';
import { report } from './verbs/report.ts';
import { thank } from './verbs/thank.ts';
import { withdraw } from './verbs/withdraw.ts';

/** Opens the ledger in an SQLite file, made when missing. Throws a sentence when it could not keep promise P1 there. */
export async function openSqliteLedger(path: string, random: Random): Promise<Ledger> {
  return inUse(await openSqlite(path), sqlite, random);
}

/** Opens the ledger in a PostgreSQL database. Throws a sentence when it could not keep promise P1 there. */
export async function openPostgresLedger(
  url: string,
  random: Random,
  options: PostgresOptions = {},
): Promise<Ledger> {
  return inUse(await openPostgres(url, options), postgres, random);
}

/** The ledger in an SQLite file, if there is one. Throws a sentence when it is of another version, or none. */
export async function findSqliteLedger(
  path: string,
  random: Random,
  mayWrite: boolean,
): Promise<ExistingLedger | undefined> {
  const db = await findSqlite(path, mayWrite);
  return db && inUse(db, sqlite, random);
}

/** The ledger in a PostgreSQL database, if there is one. Throws a sentence when it is of another version. */
export async function findPostgresLedger(
  url: string,
  random: Random,
): Promise<ExistingLedger | undefined> {
  const db = await findPostgres(url, 'random-file-exchange doctor');
  return db && inUse(db, postgres, random);
}

/** A ledger that is leaving, or gone, is not used. */
async function inUse(db: Kysely<Tables>, engine: Engine, random: Random): Promise<ExistingLedger> {
  try {
    await assertNotMoved(db);
    return createLedger(db, engine, random);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Does the same for many at once, with the dice that it is given. */
type PoolVerb<I, T> = (db: Db, items: readonly I[], table: Table) => Promise<readonly Outcome<T>[]>;

/** The ledger's verbs, each a whole transaction in the lane of a database that no one else of this process uses. */
export function createLedger(db: Kysely<Tables>, engine: Engine, random: Random): ExistingLedger {
  const { read, write, writeTogether, check, idle } = createWriteQueue(db, engine);
  const atLargeAtMost = async (tx: Db) => (await engine.maxTransactions(tx)) * maxBatchSize;
  const dice = { random, fill: new Map(), atLargeAtMost };
  const first: Table = { ...dice, isAlone: engine.isAlwaysExclusive };
  const alone: Table = { ...dice, isAlone: true };
  /** Beside others in their turn, and alone what cannot be said then. */
  const besides = <I, T>(run: PoolVerb<I, T>, turn?: Isolation) => {
    const runFirst = (tx: Db, items: readonly I[]) => run(tx, items, first);
    const runAlone = (tx: Db, items: readonly I[]) => run(tx, items, alone);
    return (item: I): Promise<T> =>
      writeTogether(runFirst, item, turn).catch(
        ifAlone(() => writeTogether(runAlone, item, 'alone')),
      );
  };
  /** The same for what is done one by one. */
  const oneBesides = <T>(verb: (tx: Db, table: Table) => Promise<T>): Promise<T> =>
    write((tx) => verb(tx, first), 'shared').catch(
      ifAlone(() => write((tx) => verb(tx, alone), 'alone')),
    );
  const give = besides(giveAll, 'shared');
  const drawTicket = besides(drawForTickets);
  const takeFree = besides(drawFreeGifts, 'shared');
  return {
    give: (gift, deadlines) => give({ gift, deadlines }),
    // Alone, the commit whose outcome is asked for has come to its end, wherever its connection went. As a write, for where
    // storage has failed nobody knows: SQLite finds what it undid in its log again when it starts the next time.
    hasGift: (key) => write((tx) => hasGift(tx, key), 'alone'),
    drawForTicket: (draw, deadlines) => drawTicket({ draw, deadlines }),
    drawFree: (draw, deadlines) => takeFree({ draw, deadlines }),
    findDelivery: (secretHash) => read((tx) => findDelivery(tx, secretHash)),
    renewLease: (id, sent, deadlines, isEnd) =>
      write((tx) => renewLease(tx, id, sent, deadlines, isEnd), 'any', id),
    noteOffloaded: (id, deadlines) => write((tx) => noteOffloaded(tx, id, deadlines), 'any', id),
    complete: (id, deadlines) => writeTogether(completeAll, { id, deadlines }, 'any', id),
    markInterrupted: () => write((tx) => markInterrupted(tx)),
    reopen: (id, deadlines) => write((tx) => reopen(tx, id, deadlines), 'any', id),
    quarantine: (id, deadlines) => write((tx) => quarantine(tx, id, deadlines), 'any', id),
    thank: (id, thanks) => write((tx) => thank(tx, id, thanks), 'any', id),
    report: (id, complaint, deadlines) =>
      write((tx) => report(tx, id, complaint, deadlines), 'alone', id),
    findTicket: (hash) => read((tx) => findTicket(tx, hash)),
    withdraw: (hash, deadlines) => oneBesides((tx, table) => withdraw(tx, hash, deadlines, table)),
    stats: (pool, now) => read((tx) => poolFigures(tx, pool, now)),
    metrics: () => read((tx) => ledgerMetrics(tx)),
    expireLeases: (deadlines, limit) =>
      oneBesides((tx, table) => expireLeases(tx, deadlines, limit, table)),
    expire: async (deadlines, giftsBefore, limit) => {
      const isDue = async (tx: Db) =>
        (await hasExpiredTickets(tx, deadlines.now)) || (await hasExpiredGifts(tx, giftsBefore));
      if (!(await read(isDue))) return { count: 0, notices: [] };
      return write((tx) => expire(tx, deadlines, giftsBefore, limit), 'alone');
    },
    removable: (now, limit) => read((tx) => removable(tx, now, limit)),
    markRemoved: (ids) => write((tx) => markRemoved(tx, ids)),
    purge: (now, limit) => write((tx) => purge(tx, now, limit)),
    compactSlots: async () =>
      (await read(findSparsePools)).length > 0
        ? write((tx) => compactSlots(tx, random), 'alone')
        : 0,
    serveOverlooked: async (deadlines, from, limit) => {
      const { overlooked, next } = await read((tx) => findOverlooked(tx, from, limit, random));
      if (overlooked.length === 0) return { count: 0, notices: [], next };
      const serve = (tx: Db) => serveOverlooked(tx, overlooked, deadlines, random);
      return { ...(await write(serve, 'alone')), next };
    },
    claimJob: (name, now, every) => write((tx) => claimJob(tx, name, now, every)),
    saveJobState: (name, note) => write((tx) => saveJobState(tx, name, note)),
    findJobState: (name) => read((tx) => findJobState(tx, name)),
    proposeVault: (proposal) => write((tx) => proposeVault(tx, proposal)),
    saveVaultId: (id) => write((tx) => saveVaultId(tx, id)),
    recordUsage: (now, spendings) => write((tx) => recordUsage(tx, now, spendings)),
    addressHashKey: (now, proposal) => write((tx) => addressHashKey(tx, now, proposal)),
    nextLeaseEnd: () => read(nextLeaseEnd),
    keysOfShard: (shard) => read((tx) => keysOfShard(tx, shard)),
    quarantineMissing: (keys, deadlines) => write((tx) => quarantineMissing(tx, keys, deadlines)),
    audit: () => read((tx) => audit(tx)),
    findVaultId: () => read((tx) => findVaultId(tx)),
    integrity: () => engine.integrity(db),
    neededGifts: (after) => read((tx) => neededGifts(tx, after)),
    quarantineDamaged: (keys, deadlines) => write((tx) => quarantineDamaged(tx, keys, deadlines)),
    repairCounters: () => write((tx) => repairCounters(tx), 'alone'),
    time: () => engine.time(db),
    check,
    close: async () => {
      await idle();
      await db.destroy();
    },
  };
}

async function expire(
  db: Db,
  deadlines: Deadlines,
  giftsBefore: number,
  limit: number,
): Promise<SweepResult> {
  const tickets = await expireTickets(db, deadlines, limit);
  const gifts = await expireGifts(db, deadlines, giftsBefore, limit);
  return { count: tickets.count + gifts.count, notices: [...tickets.notices, ...gifts.notices] };
}

/** What could not be said beside others is asked again alone. */
const ifAlone =
  <T>(again: () => Promise<T>) =>
  (error: unknown): Promise<T> => {
    if (error instanceof NeedsExclusive) return again();
    throw error;
  };
