/** The ledger's own rules, checked against every row: for `doctor`, for tests and for the invariants among the metrics. */
import { sql } from 'kysely';
import type { Audit } from './ledger.ts';
import type { Db } from './tables.ts';

/** A rule, and a query whose every row breaks it. */
const rules: Readonly<Record<string, string>> = {
  'shelf counters equal the pooled gifts': `
    select 1 from shelf s where gifts <> (select count(*) from gift g where g.pool_id = s.pool_id and g.kind = s.kind and g.state = 'pooled')
      or bytes <> (select coalesce(sum(size), 0) from gift g where g.pool_id = s.pool_id and g.kind = s.kind and g.state = 'pooled')`,
  'every pooled gift has a shelf': `
    select 1 from gift g where state = 'pooled' and not exists (select 1 from shelf s where s.pool_id = g.pool_id and s.kind = g.kind)`,
  'slots are dense': `
    select 1 from gift where slot is not null group by pool_id, kind having min(slot) <> 1 or max(slot) <> count(*)`,
  'extension counters equal the pooled gifts': `
    select 1 from extension_count e where gifts <> (select count(*) from gift g where g.pool_id = e.pool_id and g.extension = e.extension and g.state = 'pooled')`,
  'the counter of open tickets is right': `
    select 1 from pool p where open_tickets <> (select count(*) from ticket t where t.pool_id = p.id and t.state in ('open', 'waiting'))`,
  'a leased gift has one delivery under way, and only a leased gift has': `
    select 1 from gift g where (state = 'leased') <> ((select count(*) from delivery d where d.gift_id = g.id and d.state in ('held', 'open')) = 1)`,
  'a delivered gift has one receiver, and only a delivered gift has': `
    select 1 from gift g where (state = 'delivered') <> ((select count(*) from delivery d where d.gift_id = g.id and d.state = 'received') = 1)`,
  'a ticket and its delivery agree': `
    select 1 from ticket t left join delivery d on d.ticket_id = t.id and d.state in ('held', 'open', 'received')
      where (t.state <> 'spent' or d.state is not null) -- what a spent ticket drew is purged in its own time
        and coalesce(d.state, 'none') <> case t.state when 'ready' then 'held' when 'drawn' then 'open' when 'spent' then 'received' else 'none' end`,
  'no more is counted by the hour than in all': `
    select 1 from pool p where given_total < (select coalesce(sum(given), 0) from hour_count h where h.pool_id = p.id)
      or delivered_total < (select coalesce(sum(delivered), 0) from hour_count h where h.pool_id = p.id)`,
  'the bytes of a reported gift are kept': `
    select 1 from gift where keep_until is not null and remove_at < keep_until`,
  'only a gift that somebody has is thanked for': `
    select 1 from gift where thanks is not null and state not in ('leased', 'delivered')`,
  'nobody gets their own': `
    select 1 from delivery d join ticket t on t.id = d.ticket_id join gift g on g.id = d.gift_id where g.giver = t.giver or g.sha256 = t.sha256`,
  'no ticket waits while there is a gift for it': `
    select 1 from ticket t where t.state = 'waiting' and exists
      (select 1 from gift g where g.pool_id = t.pool_id and g.state = 'pooled' and g.giver <> t.giver and g.sha256 <> t.sha256)`,
  'tickets are backed, but for gifts that were damaged or reported': `
    select 1 from pool p where open_tickets > quarantined_total + (select count(*) from gift g where g.pool_id = p.id and g.state = 'pooled')`,
};

/** See `Ledger.audit`. Reads everything. */
export async function audit(db: Db): Promise<Audit> {
  const faults: string[] = [];
  for (const [rule, query] of Object.entries(rules)) {
    const { rows } = await sql.raw(`${query} limit 1`).execute(db);
    if (rows.length > 0) faults.push(`broken: ${rule}`);
  }
  return {
    gifts: await countStates(db, 'gift'),
    tickets: await countStates(db, 'ticket'),
    deliveries: await countStates(db, 'delivery'),
    faults,
  };
}

async function countStates(
  db: Db,
  table: 'gift' | 'ticket' | 'delivery',
): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom(table)
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}
