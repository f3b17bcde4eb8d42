/** Deliveries that end without an arrival: limits on reading gifts, and on holding them back, without spending a ticket. */
import type { Updateable } from 'kysely';
import type { Db, DeliveryRow, TicketTable } from '../schema/tables.ts';
import type { ByteRange, Deadlines } from '../types.ts';
import { countBytes } from './byte-ranges.ts';
import { getGift } from './gift-rows.ts';

/** How long a ticket waits after its first, second, third and each further lapse, in leases (exponential backoff). */
const pauses = [0, 1, 6, 144] as const;

/** How long a gift is held for the next waiting ticket after a hold that was not fetched, in milliseconds. */
const maxSecondHold = 60_000;

/**
 * The changes of a ticket whose delivery lapses, or `final` if that counts as received: the second one after most bytes. A hold
 * that is not fetched only moves the ticket to the end of the line.
 */
export async function lapseOf(
  db: Db,
  ticketId: number,
  row: DeliveryRow,
  { now, leaseUntil }: Deadlines,
): Promise<Updateable<TicketTable> | 'final'> {
  const ticket = await db
    .selectFrom('ticket')
    .select(['lapses', 'forgiven'])
    .where('id', '=', ticketId)
    .executeTakeFirstOrThrow();
  const lapses = ticket.lapses + 1;
  if (row.state !== 'open') return { lapses };
  const sentMost = await hasSentMost(db, row);
  // The ticket has read two gifts.
  if (sentMost && ticket.forgiven > 0) return 'final';
  const pause = (pauses[Math.min(lapses, pauses.length) - 1] ?? 0) * (leaseUntil - now);
  return {
    lapses,
    lapsed_gift: row.gift_id,
    draws_after: pause === 0 ? null : now + pause,
    ...(sentMost ? { forgiven: 1 } : {}),
  };
}

async function hasSentMost(db: Db, { arrived, gift_id }: DeliveryRow): Promise<boolean> {
  const sent = countBytes(JSON.parse(arrived) as ByteRange[]);
  return sent * 2 > (await getGift(db, gift_id)).size;
}

/** Shortens the next hold of a gift after one that was not fetched, so that absent tickets delay it by little more than one. */
export const secondHold = ({ state }: DeliveryRow, deadlines: Deadlines): Deadlines =>
  state === 'held'
    ? { ...deadlines, holdUntil: Math.min(deadlines.holdUntil, deadlines.now + maxSecondHold) }
    : deadlines;
