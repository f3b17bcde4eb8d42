/** The facts of the entries of a history, from the rows of gifts, tickets and deliveries, while there are any. */
import type { Selectable } from 'kysely';
import type { HistoryFacts, HistoryGift, ReceivedGift } from '../account-types.ts';
import type { HistoryTable } from '../schema/account-tables.ts';
import type { Db, GiftRow } from '../schema/tables.ts';
import type { DeliveryState, TicketRowState } from '../types.ts';

export type HistoryRow = Selectable<HistoryTable>;

export const historyColumns = [
  'history.id',
  'history.user_id',
  'history.key',
  'history.gift_id',
  'history.ticket_id',
  'history.delivery_id',
  'history.began_at',
  'history.facts',
] as const;

/** The facts of these entries by the id of the entry. A part whose rows are purged is as it was last saved. */
export async function readFacts(db: Db, rows: readonly HistoryRow[]): Promise<ReadonlyMap<number, HistoryFacts>> {
  const gave = await givenGifts(db, idsOf(rows, 'gift_id'));
  const tickets = await ticketStates(db, idsOf(rows, 'ticket_id'));
  const deliveries = await claimedDeliveries(db, idsOf(rows, 'ticket_id'), idsOf(rows, 'delivery_id'));
  return new Map(
    rows.map((row) => {
      const drawn = deliveries.ofTicket.get(row.ticket_id ?? -1) ?? deliveries.byId.get(row.delivery_id ?? -1);
      const given = gave.get(row.gift_id ?? -1);
      const facts: HistoryFacts = {
        ...(JSON.parse(row.facts) as HistoryFacts),
        ...(given && { gave: given }),
        ...tickets.get(row.ticket_id ?? -1),
        ...(drawn && { received: drawn.gift }),
        ...(drawn && row.ticket_id === null && { state: stateOfFreeDraw[drawn.state], expiresAt: drawn.leaseUntil }),
      };
      return [row.id, facts];
    }),
  );
}

const idsOf = (rows: readonly HistoryRow[], column: 'gift_id' | 'ticket_id' | 'delivery_id'): readonly number[] =>
  rows.flatMap((row) => row[column] ?? []);

/** A free draw has no ticket: its delivery is told in the same words. */
const stateOfFreeDraw = {
  held: 'ready',
  open: 'drawn',
  received: 'spent',
  lapsed: 'expired',
  damaged: 'expired',
} as const satisfies Record<DeliveryState, TicketRowState>;

const factColumns = [
  'gift.id',
  'gift.key',
  'gift.extension',
  'gift.name',
  'gift.size',
  'gift.kind',
  'gift.mime_type',
  'gift.sha256',
  'gift.given_at',
  'gift.state',
  'gift.thanks',
] as const;

type FactRow = Pick<
  GiftRow,
  'id' | 'key' | 'extension' | 'name' | 'size' | 'kind' | 'mime_type' | 'sha256' | 'given_at' | 'state' | 'thanks'
>;

const historyGift = (row: FactRow): HistoryGift => ({
  key: row.key,
  extension: row.extension,
  name: row.name,
  size: row.size,
  kind: row.kind,
  mimeType: row.mime_type,
  sha256: row.sha256,
  givenAt: row.given_at,
  state: row.state,
  thanks: row.thanks,
});

async function givenGifts(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, HistoryGift>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('gift').select(factColumns).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, historyGift(row)]));
}

async function ticketStates(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return new Map<number, Pick<HistoryFacts, 'state' | 'expiresAt'>>();
  const rows = await db.selectFrom('ticket').select(['id', 'state', 'expires_at']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, { state: row.state, expiresAt: row.expires_at }]));
}

interface Drawn {
  readonly state: DeliveryState;
  readonly leaseUntil: number;
  readonly gift: ReceivedGift;
}

/** The deliveries of these tickets that have begun, and those with these ids, whatever became of them. */
async function claimedDeliveries(db: Db, ticketIds: readonly number[], ids: readonly number[]) {
  const ofTicket = new Map<number, Drawn>();
  const byId = new Map<number, Drawn>();
  if (ticketIds.length + ids.length === 0) return { ofTicket, byId };
  const deliveries = db
    .selectFrom('delivery')
    .innerJoin('gift', 'gift.id', 'delivery.gift_id')
    .leftJoin('report', 'report.delivery_id', 'delivery.id')
    .select(factColumns)
    .select([
      'delivery.id as delivery_id',
      'delivery.ticket_id',
      'delivery.state as delivery_state',
      'delivery.lease_until',
      'delivery.received_at',
      'report.id as report_id',
    ]);
  const rows = [
    ...(await deliveries
      .where('delivery.ticket_id', 'in', ticketIds)
      .where('delivery.state', 'in', ['open', 'received'])
      .execute()),
    ...(await deliveries.where('delivery.id', 'in', ids).execute()),
  ];
  for (const row of rows) {
    const gift = { ...historyGift(row), receivedAt: row.received_at, isReported: row.report_id !== null };
    const drawn = { state: row.delivery_state, leaseUntil: row.lease_until, gift };
    byId.set(row.delivery_id, drawn);
    if (row.ticket_id !== null) ofTicket.set(row.ticket_id, drawn);
  }
  return { ofTicket, byId };
}
