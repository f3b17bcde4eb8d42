import type { Db } from '../schema/tables.ts';

/**
 * See `AccountLedger.mergeGivers`. Changes what may still be drawn or draw: gifts in the pool or under lease, and tickets
 * before their end. A gift that is on its way to a ticket of the new giver keeps its own, since that draw was made before.
 */
export async function mergeGivers(
  db: Db,
  from: string,
  to: string,
  ticketHashes: readonly string[],
  limit: number,
): Promise<number> {
  const gifts = await giftsOf(db, from, to, limit);
  const tickets = await db
    .selectFrom('ticket')
    .select('id')
    .where('giver', '=', from)
    .where('state', 'in', ['open', 'waiting', 'ready', 'drawn'])
    .where((eb) => eb.or([eb('hash', 'in', ticketHashes), eb('gift_id', 'in', gifts)]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('delivery')
            .innerJoin('gift', 'gift.id', 'delivery.gift_id')
            .select('delivery.id')
            .whereRef('delivery.ticket_id', '=', 'ticket.id')
            .where('delivery.state', 'in', ['held', 'open'])
            .where('gift.giver', '=', to),
        ),
      ),
    )
    .orderBy('id')
    .execute();
  // Tickets before gifts, each in the order of their ids: a draw locks in the same order.
  const ids = tickets.map(({ id }) => id);
  if (ids.length > 0) await db.updateTable('ticket').set({ giver: to }).where('id', 'in', ids).execute();
  if (gifts.length > 0) await db.updateTable('gift').set({ giver: to }).where('id', 'in', gifts).execute();
  return gifts.length;
}

/** At most `limit` gifts of a giver in the pools, and all of them that are under lease. */
async function giftsOf(db: Db, from: string, to: string, limit: number): Promise<number[]> {
  const pools = await db.selectFrom('pool').select('id').execute();
  const pooled: { id: number }[] = [];
  for (const { id } of pools)
    pooled.push(
      ...(await db
        .selectFrom('gift')
        .select('id')
        .where('pool_id', '=', id)
        .where('giver', '=', from)
        .where('slot', 'is not', null)
        .limit(limit - pooled.length)
        .execute()),
    );
  const leased = await db
    .selectFrom('delivery')
    .innerJoin('gift', 'gift.id', 'delivery.gift_id')
    .leftJoin('ticket', 'ticket.id', 'delivery.ticket_id')
    .select('gift.id')
    .where('delivery.state', 'in', ['held', 'open'])
    .where('gift.giver', '=', from)
    .where((eb) => eb.or([eb('ticket.giver', 'is', null), eb('ticket.giver', '!=', to)]))
    .execute();
  return [...pooled, ...leased].map(({ id }) => id).toSorted((one, other) => one - other);
}
