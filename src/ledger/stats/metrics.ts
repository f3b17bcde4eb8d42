import { sql } from 'kysely';
import { isTicketWaiting } from '../schema/index-predicates.ts';
import type { Db } from '../schema/tables.ts';
import { type LedgerMetrics, maxCountedWaiting } from '../types.ts';
import { sumByPrefix } from './counters.ts';

/** See `MaintenanceLedger.metrics`: reads counters, and the first waiting tickets. */
export async function ledgerMetrics(db: Db): Promise<LedgerMetrics> {
  const counters = await counted(db);
  const of = (name: string) => counters.get(name) ?? 0;
  const gifts = sumByPrefix(counters, 'gifts/');
  const ended = ['delivered', 'quarantined', 'withdrawn', 'expired'] as const;
  return {
    gifts,
    bytes: sumByPrefix(counters, 'bytes/'),
    // Every gift that was ever given is in a pool, at one of its ends, or between the two.
    leased: ended.reduce((left, end) => left - of(`${end}_total`), of('given_total') - gifts),
    openTickets: of('open_tickets'),
    waitingTickets: await countWaiting(db),
    totals: {
      given: of('given_total'),
      // A reopened delivery was delivered once: this total never decreases.
      delivered: of('delivered_total') + of('reopened_total'),
      reopened: of('reopened_total'),
      released: of('released_total'),
      redelivered: of('redelivered_total'),
      handed_over: of('handed_over_total'),
      quarantined: of('quarantined_total'),
      withdrawn: of('withdrawn_total'),
      expired: of('expired_total'),
    },
  };
}

/** Every counter but those of extensions, which can be many; all pools together. */
async function counted(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('counter')
    .select(['name', (eb) => eb.fn.sum<number>('value').as('sum')])
    .where(sql<boolean>`name not like 'extension/%'`)
    .groupBy(['pool_id', 'name'])
    .execute();
  const sums = new Map<string, number>();
  for (const { name, sum } of rows) sums.set(name, (sums.get(name) ?? 0) + sum);
  return sums;
}

async function countWaiting(db: Db): Promise<number> {
  const first = db.selectFrom('ticket').select('id').where(isTicketWaiting).limit(maxCountedWaiting);
  const { count } = await db
    .selectFrom(first.as('first'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}
