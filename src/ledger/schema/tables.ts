/** The ledger's tables as the queries see them. Times are milliseconds since 1970; hashes are SHA-256 in hex. */
import type { Generated, Kysely, Selectable } from 'kysely';
import type { FileKind, ReportReason, Thanks } from '../../contract/vocabulary.ts';
import type { TicketEndReason } from '../seat-types.ts';
import type { CounterName, DeliveryState, GiftState, TicketRowState } from '../types.ts';
import type { AccountTables } from './account-tables.ts';
import type { DeskTables } from './desk-tables.ts';
import type { RoomTable, RoundTable, SeatTable } from './room-table.ts';

/** A pool of gifts that can be drawn. Its counters are rows of their own. */
interface PoolTable {
  id: Generated<number>;
  name: string;
  /** How many slots of any kind the layout before had. Only used while `ungrouped` is 1, and by older processes. */
  slots: Generated<number>;
  /** How many slots each kind has, as JSON; see `kind-slots.ts`. */
  kind_slots: Generated<string>;
  /** 1 while gifts are in the slots 1…`slots` of the layout before; see `compact-slots.ts`. */
  ungrouped: Generated<number>;
  /** The kinds that open tickets are owed, as bits; see `owed-kinds.ts`. A kind may stay for a while without such a ticket. */
  owed_kinds: Generated<number>;
  /** The pool of which this is the overflow tier; null for a main tier. See `daily-budget.ts`. */
  overflow_of: number | null;
}

/** One stripe of one of a pool's counters; see `counters.ts`. */
export interface CounterTable {
  pool_id: number;
  stripe: number;
  name: CounterName;
  value: number;
}

/** Gifts given and delivered in one hour of a pool, in stripes like the counters. */
export interface HourTable {
  pool_id: number;
  stripe: number;
  /** Its first millisecond. */
  hour: number;
  given: number;
  delivered: number;
}

export interface GiftTable {
  id: Generated<number>;
  /** The name of its bytes in the vault. */
  key: string;
  pool_id: number;
  giver: string;
  name: string;
  extension: string;
  kind: FileKind;
  mime_type: string;
  size: number;
  sha256: string;
  /** The CRCs of its blocks, or the sealed key of an encrypted file; empty once the bytes are gone. */
  checks: Uint8Array;
  state: GiftState;
  /** Which of the pool's slots it has; null unless pooled. */
  slot: number | null;
  given_at: number;
  /** When it ends by its giver's choice; null without one. */
  expires_at: number | null;
  /** When its bytes may be removed; null while they are needed, and after the removal. */
  remove_at: number | null;
  /** When the row may be purged; null while it may be needed. */
  purge_at: number | null;
  /** Until when a report keeps the bytes; null without a report. */
  keep_until: number | null;
  /** The receiver's thanks. */
  thanks: Thanks | null;
  /** 1 while the desk keeps it from everyone: reports of several parties, or a decision, took it out of circulation. */
  withheld: Generated<number>;
  /** The day and the hash of the address it came from; null after two days, and where limits are off. */
  address: string | null;
  /** 1 if a gift with the same bytes was remembered when it came, and in rooms, which the public pool must not notice. */
  copy: Generated<number>;
}

export interface TicketTable {
  id: Generated<number>;
  hash: string;
  pool_id: number;
  /** The giver and the bytes that earned it; neither is ever drawn by it. */
  giver: string;
  sha256: string;
  gift_id: number;
  state: TicketRowState;
  created_at: number;
  expires_at: number;
  /** The kinds it draws, as JSON; null for any. */
  wish: string | null;
  /** The kind of which it is owed a gift while it is open, see `owed-kinds.ts`; null for any. */
  owed_kind: FileKind | null;
  /** The gift of its last delivery that lapsed: it draws that one again while it is pooled. */
  lapsed_gift: number | null;
  /** How many of its leases and holds ended without an arrival. */
  lapses: Generated<number>;
  /** 1 after a delivery that broke off when most bytes were sent; the next one is final. */
  forgiven: Generated<number>;
  /** After several lapses, when it may draw again. */
  draws_after: number | null;
  /** As `gift.address`, of the gift that earned it. */
  address: string | null;
  /** The room that its gift was given in; null for the public pool. */
  room_id: number | null;
  /** Why it or its gift was ended by another than its giver; null otherwise. */
  end_reason: TicketEndReason | null;
}

export interface DeliveryTable {
  id: Generated<number>;
  gift_id: number;
  ticket_id: number | null;
  state: DeliveryState;
  /** Null while held: only the ticket's bearer can make the secret. */
  secret_hash: string | null;
  /** Makes the delivery's secret together with the ticket. */
  nonce: string | null;
  lease_until: number;
  /** When the lease ends at the latest, however often it is renewed; null for no limit. */
  lease_limit: number | null;
  /** The ranges that have been sent, as JSON: [[start, end], …]. */
  arrived: Generated<string>;
  purge_at: number | null;
  /** When the delivery became final, which is the hour it is counted in; null before. */
  received_at: number | null;
  /** 1 once the delivery was offloaded, so that its arrival is unknown. */
  handed_over: Generated<number>;
  /** 1 if a process started during the delivery: the process before may have completed it without recording it. */
  in_doubt: Generated<number>;
  /** How many responses ended well, without a later reset. */
  endings: Generated<number>;
}

/** A report. It belongs to the operator, and outlives the rows of its gift. */
interface ReportTable {
  id: Generated<number>;
  delivery_id: number;
  gift_id: number;
  key: string;
  sha256: string;
  name: string;
  mime_type: string;
  kind: FileKind;
  size: number;
  giver: string;
  reason: ReportReason;
  note: string | null;
  /** `upheld`: the desk removed the file; `dismissed`: it approved it. */
  state: 'open' | 'upheld' | 'dismissed';
  created_at: number;
  /** The hash of the reporter's address under a key that changes; null before there were parties, and after `RETENTION`. */
  party: string | null;
}

/** A move of the whole ledger; see `raw-store.ts`. */
interface MoveTable {
  number: Generated<number>;
  id: string;
  state: 'leaving' | 'gone' | 'arrived' | 'backup';
  place: string;
}

/** The last run of a periodic job and its result; see `jobs.ts`. */
interface ChoreTable {
  name: string;
  claimed_at: number;
  done_at: number | null;
  /** As JSON: counts by name. */
  found: string | null;
}

/** The vault of this ledger, in one row; see `vault-id.ts`. */
interface VaultTable {
  one: 1;
  id: string;
  /** 1 once the vault has been given this id. */
  named: number;
}

/** The secret that keyed offers derive their tickets with, in one row; see `key-secret.ts`. */
interface KeySecretTable {
  one: 1;
  secret: string;
  /** When it was made; 0 in a ledger that had no ticket yet. */
  since: number;
}

/** A key of the operator that has encrypted here; see `encryption-keys.ts`. The key itself is never stored. */
interface EncryptionKeyTable {
  /** The operator's name for it. */
  id: string;
  fingerprint: string;
  /** When a service last began to encrypt with it. */
  used_since: number;
}

/** The usage of one limit by one address in one minute; see `rate-usage.ts`. */
interface SpendingTable {
  /** Since 1970. */
  minute: number;
  /** The hash of the address under the key of the day. */
  address: string;
  purpose: string;
  spent: number;
}

/** How many gifts of one day used a budget; see `daily-budget.ts`. */
interface DailyUseTable {
  /** The day, and the hash of what has the budget. */
  budget: string;
  gifts: number;
}

/** The key for hashing addresses; a new one every day. */
interface AddressKeyTable {
  /** Since 1970. */
  day: number;
  key: string;
}

export interface Tables extends AccountTables, DeskTables {
  vault: VaultTable;
  key_secret: KeySecretTable;
  encryption_key: EncryptionKeyTable;
  chore: ChoreTable;
  spending: SpendingTable;
  address_key: AddressKeyTable;
  daily_use: DailyUseTable;
  move: MoveTable;
  pool: PoolTable;
  room: RoomTable;
  round: RoundTable;
  seat: SeatTable;
  counter: CounterTable;
  hour_count: HourTable;
  gift: GiftTable;
  ticket: TicketTable;
  delivery: DeliveryTable;
  report: ReportTable;
}

/** The checks of a gift without bytes. */
export const noChecks = Buffer.alloc(0);

/** A connection inside a transaction. */
export type Db = Kysely<Tables>;

export type PoolRow = Selectable<PoolTable>;
export type GiftRow = Omit<Selectable<GiftTable>, 'checks' | 'copy'>;
export type TicketRow = Selectable<TicketTable>;
export type DeliveryRow = Selectable<DeliveryTable>;
