import type { Kysely } from 'kysely';
import { claimChore, findChoreNote, noteChore } from './coordination/jobs.ts';
import { addressKey, spend } from './coordination/rate-usage.ts';
import { knownVault, namedVault, noteVault } from './coordination/vault-id.ts';
import type { Engine, Turn } from './engine/engine.ts';
import {
  findPostgres,
  openPostgres,
  type PostgresOptions,
  postgres,
} from './engine/postgres/postgres.ts';
import { findSqlite, openSqlite, sqlite } from './engine/sqlite.ts';
import type { FoundLedger, Ledger, Swept, Terms } from './ledger.ts';
import { audit } from './maintenance/audit.ts';
import { shrink, sparsePools } from './maintenance/compact-slots.ts';
import {
  keysOfShard,
  nextLapse,
  promised,
  purge,
  removable,
  removed,
} from './maintenance/purge.ts';
import { recount } from './maintenance/repair-counters.ts';
import { seekOverlooked, serveOverlooked } from './maintenance/serve-overlooked.ts';
import type { Table } from './matching/claim.ts';
import { expireGifts, isAnyOld, knowsGift } from './matching/gift-rows.ts';
import type { Random } from './matching/random-pick.ts';
import { expireTickets, findTicket, isAnyExpiring } from './matching/tickets.ts';
import type { Db, Tables } from './schema/tables.ts';
import { figures } from './stats/metrics.ts';
import { stats } from './stats/pool-stats.ts';
import { LookAlone, type Outcome } from './transactions/batch.ts';
import { largestBatch, openLane } from './transactions/write-queue.ts';
import { refuseMoved } from './transfer/raw-store.ts';
import { finishMany } from './verbs/complete.ts';
import { findDelivery, handOver, noteRestart, renew, reopen } from './verbs/deliver.ts';
import { drawForTickets, drawManyFree } from './verbs/draw.ts';
import { lapse } from './verbs/expire-leases.ts';
import { poolGifts } from './verbs/give.ts';
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
): Promise<FoundLedger | undefined> {
  const db = await findSqlite(path, mayWrite);
  return db && inUse(db, sqlite, random);
}

/** The ledger in a PostgreSQL database, if there is one. Throws a sentence when it is of another version. */
export async function findPostgresLedger(
  url: string,
  random: Random,
): Promise<FoundLedger | undefined> {
  const db = await findPostgres(url, 'random-file-exchange doctor');
  return db && inUse(db, postgres, random);
}

/** A ledger that is leaving, or gone, is not used. */
async function inUse(db: Kysely<Tables>, engine: Engine, random: Random): Promise<FoundLedger> {
  try {
    await refuseMoved(db);
    return ledgerOn(db, engine, random);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Does the same for many at once, with the dice that it is given. */
type AtTable<I, T> = (db: Db, items: readonly I[], table: Table) => Promise<readonly Outcome<T>[]>;

/** The ledger's verbs, each a whole transaction in the lane of a database that no one else of this process uses. */
export function ledgerOn(db: Kysely<Tables>, engine: Engine, random: Random): FoundLedger {
  const { read, write, writeTogether, check, idle } = openLane(db, engine);
  const atLargeAtMost = async (tx: Db) => (await engine.mostTransactions(tx)) * largestBatch;
  const dice = { random, fill: new Map(), atLargeAtMost };
  const first: Table = { ...dice, isAlone: engine.isAlone };
  const alone: Table = { ...dice, isAlone: true };
  /** Beside others in their turn, and alone what cannot be said then. */
  const besides = <I, T>(run: AtTable<I, T>, turn?: Turn) => {
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
  const give = besides(poolGifts, 'shared');
  const drawTicket = besides(drawForTickets);
  const takeFree = besides(drawManyFree, 'shared');
  return {
    poolGift: (gift, terms) => give({ gift, terms }),
    // Alone, the commit whose outcome is asked for has come to its end, wherever its connection went. As a write, for where
    // storage has failed nobody knows: SQLite finds what it undid in its log again when it starts the next time.
    knowsGift: (key) => write((tx) => knowsGift(tx, key), 'alone'),
    drawForTicket: (draw, terms) => drawTicket({ draw, terms }),
    drawFree: (draw, terms) => takeFree({ draw, terms }),
    findDelivery: (secretHash) => read((tx) => findDelivery(tx, secretHash)),
    renew: (id, sent, terms, isEnd) => write((tx) => renew(tx, id, sent, terms, isEnd), 'any', id),
    handOver: (id, terms) => write((tx) => handOver(tx, id, terms), 'any', id),
    finish: (id, terms) => writeTogether(finishMany, { id, terms }, 'any', id),
    noteRestart: () => write((tx) => noteRestart(tx)),
    reopen: (id, terms) => write((tx) => reopen(tx, id, terms), 'any', id),
    quarantine: (id, terms) => write((tx) => quarantine(tx, id, terms), 'any', id),
    thank: (id, thanks) => write((tx) => thank(tx, id, thanks), 'any', id),
    report: (id, complaint, terms) => write((tx) => report(tx, id, complaint, terms), 'alone', id),
    findTicket: (hash) => read((tx) => findTicket(tx, hash)),
    withdraw: (hash, terms) => oneBesides((tx, table) => withdraw(tx, hash, terms, table)),
    stats: (pool, now) => read((tx) => stats(tx, pool, now)),
    figures: () => read((tx) => figures(tx)),
    lapse: (terms, limit) => oneBesides((tx, table) => lapse(tx, terms, limit, table)),
    expire: async (terms, giftsBefore, limit) => {
      const isDue = async (tx: Db) =>
        (await isAnyExpiring(tx, terms.now)) || (await isAnyOld(tx, giftsBefore));
      if (!(await read(isDue))) return { count: 0, notices: [] };
      return write((tx) => expire(tx, terms, giftsBefore, limit), 'alone');
    },
    removable: (now, limit) => read((tx) => removable(tx, now, limit)),
    removed: (ids) => write((tx) => removed(tx, ids)),
    purge: (now, limit) => write((tx) => purge(tx, now, limit)),
    shrink: async () =>
      (await read(sparsePools)).length > 0 ? write((tx) => shrink(tx, random), 'alone') : 0,
    serveWaiting: async (terms, from, limit) => {
      const { overlooked, next } = await read((tx) => seekOverlooked(tx, from, limit, random));
      if (overlooked.length === 0) return { count: 0, notices: [], next };
      const serve = (tx: Db) => serveOverlooked(tx, overlooked, terms, random);
      return { ...(await write(serve, 'alone')), next };
    },
    claimChore: (name, now, every) => write((tx) => claimChore(tx, name, now, every)),
    noteChore: (name, note) => write((tx) => noteChore(tx, name, note)),
    findChoreNote: (name) => read((tx) => findChoreNote(tx, name)),
    knownVault: (proposal) => write((tx) => knownVault(tx, proposal)),
    noteVault: (id) => write((tx) => noteVault(tx, id)),
    spend: (now, spendings) => write((tx) => spend(tx, now, spendings)),
    addressKey: (now, proposal) => write((tx) => addressKey(tx, now, proposal)),
    nextLapse: () => read(nextLapse),
    keysOfShard: (shard) => read((tx) => keysOfShard(tx, shard)),
    quarantineMissing: (keys, terms) => write((tx) => quarantineMissing(tx, keys, terms)),
    audit: () => read((tx) => audit(tx)),
    namedVault: () => read((tx) => namedVault(tx)),
    integrity: () => engine.integrity(db),
    promised: (after) => read((tx) => promised(tx, after)),
    quarantineDamaged: (keys, terms) => write((tx) => quarantineDamaged(tx, keys, terms)),
    recount: () => write((tx) => recount(tx), 'alone'),
    time: () => engine.time(db),
    check,
    close: async () => {
      await idle();
      await db.destroy();
    },
  };
}

async function expire(db: Db, terms: Terms, giftsBefore: number, limit: number): Promise<Swept> {
  const tickets = await expireTickets(db, terms, limit);
  const gifts = await expireGifts(db, terms, giftsBefore, limit);
  return { count: tickets.count + gifts.count, notices: [...tickets.notices, ...gifts.notices] };
}

/** What could not be said beside others is asked again alone. */
const ifAlone =
  <T>(again: () => Promise<T>) =>
  (error: unknown): Promise<T> => {
    if (error instanceof LookAlone) return again();
    throw error;
  };
