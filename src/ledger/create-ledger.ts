import type { Kysely } from 'kysely';
import { accountVerbs } from './accounts/account-verbs.ts';
import { encryptionKeys, useEncryptionKey } from './coordination/encryption-keys.ts';
import { claimJob, findJobState, saveJobState } from './coordination/jobs.ts';
import { keySecret } from './coordination/key-secret.ts';
import { addressHashKey, recordUsage } from './coordination/rate-usage.ts';
import { findVaultId, proposeVault, saveVaultId } from './coordination/vault-id.ts';
import { deskVerbs } from './desk/desk-verbs.ts';
import type { Engine } from './engine/engine.ts';
import type { Random } from './engine/isolation.ts';
import { findPostgres, openPostgres, type PostgresOptions, postgres } from './engine/postgres/postgres.ts';
import { findSqlite, openSqlite, sqlite } from './engine/sqlite.ts';
import type {
  CoordinationLedger,
  DeliveryLedger,
  ExchangeLedger,
  ExistingLedger,
  Ledger,
  MaintenanceLedger,
} from './ledger.ts';
import { audit } from './maintenance/audit.ts';
import { compactSlots, isCompactionDue } from './maintenance/compact-slots.ts';
import { expire, isExpiryDue } from './maintenance/expire.ts';
import {
  bytesInUse,
  keysOfShard,
  markRemoved,
  neededGifts,
  nextLeaseEnd,
  purge,
  removable,
} from './maintenance/purge.ts';
import { repairCounters } from './maintenance/repair-counters.ts';
import {
  replaceBytes,
  reseal,
  resealReports,
  resealRooms,
  retireKey,
  sealedGifts,
  sealedReports,
  sealedRooms,
} from './maintenance/sealed-rows.ts';
import { findOverlooked, serveOverlooked } from './maintenance/serve-overlooked.ts';
import { findDelivery } from './matching/delivery-rows.ts';
import { hasGift } from './matching/gift-rows.ts';
import { findTicket } from './matching/tickets.ts';
import type { RoomLedger } from './room-types.ts';
import { markEnded, saveDeadline } from './rooms/change-room.ts';
import { emptyRooms, hasRoomsToClear, purgeRooms } from './rooms/clear-rooms.ts';
import { dueRounds, postponeRound, sealRound } from './rooms/close-round.ts';
import { insertRoom } from './rooms/create-room.ts';
import { drawRound } from './rooms/draw-round.ts';
import { readRoom } from './rooms/room-rows.ts';
import type { Tables } from './schema/tables.ts';
import { readAllKept } from './stats/counters.ts';
import { ledgerMetrics } from './stats/metrics.ts';
import { poolFigures } from './stats/pool-stats.ts';
import { createWriteQueue, type WriteQueue } from './transactions/write-queue.ts';
import { assertNotMoved } from './transfer/raw-store.ts';
import { complete, completeNoted } from './verbs/complete.ts';
import { markInterrupted, noteOffloaded, renewLease, reopen } from './verbs/deliver.ts';
import { drawForTickets } from './verbs/draw.ts';
import { drawFreeGifts } from './verbs/draw-free.ts';
import { expireLeases } from './verbs/expire-leases.ts';
import { give } from './verbs/give.ts';
import { quarantine, quarantineBlocked, quarantineDamaged, quarantineMissing } from './verbs/quarantine.ts';
import { report } from './verbs/report.ts';
import { returnSetAside, setAside } from './verbs/restore.ts';
import { shorten } from './verbs/shorten.ts';
import { thank } from './verbs/thank.ts';
import { withdraw } from './verbs/withdraw.ts';

/**
 * Opens the ledger in an SQLite file and creates it when missing; `erasesDeleted` overwrites what is deleted. Throws a sentence when
 * it could not keep promise P1.
 */
export async function openSqliteLedger(path: string, random: Random, erasesDeleted = false): Promise<Ledger> {
  return useUnlessMoved(await openSqlite(path, erasesDeleted), sqlite, random);
}

/** Opens the ledger in a PostgreSQL database. Throws a sentence when it could not keep promise P1. */
export async function openPostgresLedger(url: string, random: Random, options: PostgresOptions = {}): Promise<Ledger> {
  return useUnlessMoved(await openPostgres(url, options), postgres, random);
}

/** Opens the ledger in an SQLite file if there is one. Throws a sentence when it is no ledger, or of another version. */
export async function findSqliteLedger(
  path: string,
  random: Random,
  mayWrite: boolean,
): Promise<ExistingLedger | undefined> {
  const db = await findSqlite(path, mayWrite);
  return db && useUnlessMoved(db, sqlite, random);
}

/** Opens the ledger in a PostgreSQL database if there is one. Throws a sentence when it is of another version. */
export async function findPostgresLedger(url: string, random: Random): Promise<ExistingLedger | undefined> {
  const db = await findPostgres(url, 'random-file-exchange doctor');
  return db && useUnlessMoved(db, postgres, random);
}

/** Refuses a ledger that has moved, or is moving, to another place. */
async function useUnlessMoved(db: Kysely<Tables>, engine: Engine, random: Random): Promise<ExistingLedger> {
  try {
    await assertNotMoved(db);
    return createLedger(db, engine, random);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** The ledger's verbs over a database that only this process's queue uses. */
export function createLedger(db: Kysely<Tables>, engine: Engine, random: Random): ExistingLedger {
  const queue = createWriteQueue(db, engine, random);
  return {
    ...exchangeVerbs(queue),
    ...roomVerbs(queue),
    ...deliveryVerbs(queue),
    ...maintenanceVerbs(queue),
    ...coordinationVerbs(queue, db, engine),
    ...accountVerbs(queue),
    ...deskVerbs(queue),
    findVaultId: () => queue.read(({ db }) => findVaultId(db)),
    integrity: () => engine.integrity(db),
    neededGifts: (after) => queue.read(({ db }) => neededGifts(db, after)),
    quarantineDamaged: (keys, deadlines) => queue.write(({ db }) => quarantineDamaged(db, keys, deadlines)),
    repairCounters: () => queue.write(({ db }) => repairCounters(db), exclusive),
    ...sealedRowVerbs(queue),
  };
}

const shared = { isolation: 'shared' } as const;
const exclusive = { isolation: 'exclusive' } as const;

const exchangeVerbs = ({ read, write, writeTogether }: WriteQueue): ExchangeLedger => ({
  give: (gift, deadlines) => writeTogether(give, { gift, deadlines }, shared),
  // Exclusive, so that the commit in question has ended. A write, since after a storage failure SQLite may find in its log
  // what it rolled back.
  hasGift: (key) => write(({ db }) => hasGift(db, key), exclusive),
  drawForTicket: (draw, deadlines) => writeTogether(drawForTickets, { draw, deadlines }),
  drawFree: (draw, deadlines) => writeTogether(drawFreeGifts, { draw, deadlines }, { isolation: 'free' }),
  findTicket: (hash) => read(({ db }) => findTicket(db, hash)),
  shorten: (hash, endsAt) => write(({ db }) => shorten(db, hash, endsAt), shared),
  withdraw: (hash, deadlines) => write((tx) => withdraw(tx, hash, deadlines), shared),
  stats: (pool, now) => read(({ db }) => poolFigures(db, pool, now)),
  keptFigures: () => read(({ db }) => readAllKept(db)),
});

const roomVerbs = ({ read, write }: WriteQueue): RoomLedger => ({
  createRoom: (room, maxRooms) => write(({ db }) => insertRoom(db, room, maxRooms), exclusive),
  findRoom: (codeHash) => read(({ db }) => readRoom(db, codeHash)),
  moveDeadline: (host, closesAt, ticketsUntil) =>
    write(({ db }) => saveDeadline(db, host, closesAt, ticketsUntil), exclusive),
  dueRounds: (now) => read(({ db }) => dueRounds(db, now)),
  sealRound: (id, ends) => write(({ db }) => sealRound(db, id, ends), exclusive),
  postponeRound: (id, ends) => write(({ db }) => postponeRound(db, id, ends), exclusive),
  drawRound: (id, receivers, ends) => write(({ db }) => drawRound(db, id, receivers, ends), exclusive),
  endRoom: (host, now) => write(({ db }) => markEnded(db, host, now), exclusive),
  clearRooms: async (deadlines, limit) => {
    if (!(await read(({ db }) => hasRoomsToClear(db)))) return { count: 0, notices: [] };
    return write(({ db }) => emptyRooms(db, deadlines, limit), exclusive);
  },
  purgeRooms: (closedBefore, limit) => write(({ db }) => purgeRooms(db, closedBefore, limit), exclusive),
});

const deliveryVerbs = ({ read, write, writeTogether }: WriteQueue): DeliveryLedger => ({
  findDelivery: (secretHash) => read(({ db }) => findDelivery(db, secretHash)),
  renewLease: (id, sent, deadlines, response) =>
    write(({ db }) => renewLease(db, id, sent, deadlines, response), { delivery: id }),
  noteOffloaded: (id, deadlines) => write(({ db }) => noteOffloaded(db, id, deadlines), { delivery: id }),
  complete: (id, deadlines) => writeTogether(complete, { id, deadlines }, { delivery: id }),
  acknowledge: (id, deadlines) => writeTogether(complete, { id, deadlines, isClaim: true }, { delivery: id }),
  completeNoted: (arrivals, deadlines) => write(({ db }) => completeNoted(db, arrivals, deadlines)),
  markInterrupted: () => write(({ db }) => markInterrupted(db)),
  reopen: (id, deadlines) => write(({ db }) => reopen(db, id, deadlines), { delivery: id }),
  quarantine: (id, deadlines) => write(({ db }) => quarantine(db, id, deadlines), { delivery: id }),
  thank: (id, thanks) => write(({ db }) => thank(db, id, thanks), { delivery: id }),
  report: (id, details, deadlines) => write(({ db }) => report(db, id, details, deadlines), { delivery: id }),
});

const maintenanceVerbs = ({ read, write }: WriteQueue): MaintenanceLedger => ({
  expireLeases: (deadlines, limit) => write((tx) => expireLeases(tx, deadlines, limit), shared),
  nextLeaseEnd: () => read(({ db }) => nextLeaseEnd(db)),
  expire: async (deadlines, giftsBefore, limit) => {
    if (!(await read(({ db }) => isExpiryDue(db, deadlines.now, giftsBefore)))) return { count: 0, notices: [] };
    return write((tx) => expire(tx, deadlines, giftsBefore, limit), exclusive);
  },
  removable: (now, limit) => read(({ db }) => removable(db, now, limit)),
  markRemoved: (ids) => write(({ db }) => markRemoved(db, ids)),
  setAside: (deadlines, limit) => write((tx) => setAside(tx, deadlines, limit), exclusive),
  returnSetAside: (deadlines, limit) => write((tx) => returnSetAside(tx, deadlines, limit), exclusive),
  purge: (now, limit) => write(({ db }) => purge(db, now, limit)),
  compactSlots: async () => {
    const isDue = await read(({ db }) => isCompactionDue(db));
    return isDue ? write(compactSlots, exclusive) : 0;
  },
  serveOverlooked: async (deadlines, from, limit) => {
    const { overlooked, next } = await read((tx) => findOverlooked(tx, from, limit, deadlines));
    if (overlooked.length === 0) return { count: 0, notices: [], next };
    return {
      ...(await write((tx) => serveOverlooked(tx, overlooked, deadlines), exclusive)),
      next,
    };
  },
  keysOfShard: (shard) => read(({ db }) => keysOfShard(db, shard)),
  quarantineMissing: (keys, deadlines) => write(({ db }) => quarantineMissing(db, keys, deadlines)),
  bytesInUse: (after) => read(({ db }) => bytesInUse(db, after)),
  quarantineBlocked: (keys, deadlines) => write(({ db }) => quarantineBlocked(db, keys, deadlines)),
  audit: () => read(({ db }) => audit(db)),
  metrics: () => read(({ db }) => ledgerMetrics(db)),
});

const sealedRowVerbs = ({ read, write }: WriteQueue) =>
  ({
    sealedGifts: (after) => read(({ db }) => sealedGifts(db, after)),
    reseal: (changes) => write(({ db }) => reseal(db, changes)),
    replaceBytes: (change) => write(({ db }) => replaceBytes(db, change), exclusive),
    sealedReports: (after) => read(({ db }) => sealedReports(db, after)),
    resealReports: (changes) => write(({ db }) => resealReports(db, changes)),
    sealedRooms: (after) => read(({ db }) => sealedRooms(db, after)),
    resealRooms: (changes) => write(({ db }) => resealRooms(db, changes)),
    retireKey: (id, prefixes) => write(({ db }) => retireKey(db, id, prefixes), exclusive),
  }) satisfies Partial<ExistingLedger>;

const coordinationVerbs = (
  { read, write, check, idle }: WriteQueue,
  database: Kysely<Tables>,
  engine: Engine,
): CoordinationLedger => ({
  claimJob: (name, now, every) => write(({ db }) => claimJob(db, name, now, every)),
  saveJobState: (name, state) => write(({ db }) => saveJobState(db, name, state)),
  findJobState: (name) => read(({ db }) => findJobState(db, name)),
  keySecret: (now, proposal) => write(({ db }) => keySecret(db, now, proposal)),
  encryptionKeys: () => read(({ db }) => encryptionKeys(db)),
  useEncryptionKey: (key, now) => write(({ db }) => useEncryptionKey(db, key, now)),
  proposeVault: (proposal) => write(({ db }) => proposeVault(db, proposal)),
  saveVaultId: (id) => write(({ db }) => saveVaultId(db, id)),
  recordUsage: (now, usage) => write(({ db }) => recordUsage(db, now, usage)),
  addressHashKey: (now, proposal) => write(({ db }) => addressHashKey(db, now, proposal)),
  time: () => engine.time(database),
  check,
  close: async () => {
    await idle();
    await database.destroy();
  },
});
