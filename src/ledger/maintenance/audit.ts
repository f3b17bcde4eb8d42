/** The ledger's own rules, checked against every row: for `doctor`, for tests and for the invariants among the metrics. */
import { sql } from 'kysely';
import { fileKinds } from '../../contract/vocabulary.ts';
import { firstSlotOf, kindBit, rangesOf } from '../matching/kind-slots.ts';
import { poolColumns } from '../schema/row-mapping.ts';
import type { Db } from '../schema/tables.ts';
import type { Audit } from '../types.ts';

/** Each counter, and with a minus the rows that it counts: the sum is zero. */
export const exactCounterEntries = `
  select pool_id, name, value from counter where name like 'gifts/%' or name like 'bytes/%' or name like 'extension/%' or name like 'kept/%' or name like 'owed/%' or name = 'open_tickets'
  union all select pool_id, 'gifts/' || kind, -1 from gift where state = 'pooled'
  union all select pool_id, 'bytes/' || kind, -size from gift where state = 'pooled'
  union all select pool_id, 'extension/' || extension, -1 from gift where state = 'pooled'
  union all select pool_id, 'kept/gifts', -1 from gift
  union all select pool_id, 'kept/bytes', -size from gift where state in ('pooled', 'leased') or remove_at is not null
  union all select pool_id, 'open_tickets', -1 from ticket where state in ('open', 'waiting')
  union all select pool_id, 'owed/' || owed_kind, -1 from ticket where state in ('open', 'waiting') and owed_kind is not null`;

/** Each total, and with a minus its hours, of which only the last are kept: the sum is not negative. */
export const minimumCounterEntries = `
  select pool_id, name, value from counter where name in ('given_total', 'delivered_total')
  union all select pool_id, 'given_total', -given from hour_count
  union all select pool_id, 'delivered_total', -delivered from hour_count`;

/** The gifts given, and with a minus their places now: the sum is zero. */
export const giftBalanceEntries = `
  select pool_id, case name when 'given_total' then value else -value end as value from counter
    where name in ('given_total', 'delivered_total', 'quarantined_total', 'withdrawn_total', 'expired_total')
  union all select pool_id, -1 from gift where state in ('pooled', 'leased')`;

const kindBits = fileKinds.map((kind) => `when '${kind}' then ${kindBit(kind)}`).join(' ');

/** Invariants, each with a query that finds rows that break it. */
const rules: Readonly<Record<string, string>> = {
  'counters equal the pooled gifts and the open tickets': `
    select 1 from (${exactCounterEntries}) as entry group by pool_id, name having sum(value) <> 0`,
  'leased gifts, and only those, have one delivery that is held or open': `
    select 1 from gift g where (state = 'leased') <> ((select count(*) from delivery d where d.gift_id = g.id and d.state in ('held', 'open')) = 1)`,
  'delivered gifts, and only those, have one receiver': `
    select 1 from gift g where (state = 'delivered') <> ((select count(*) from delivery d where d.gift_id = g.id and d.state = 'received') = 1)`,
  'a ticket and its delivery agree': `
    select 1 from ticket t left join delivery d on d.ticket_id = t.id and d.state in ('held', 'open', 'received')
      where (t.state <> 'spent' or d.state is not null) -- the delivery of a spent ticket is purged independently
        and coalesce(d.state, 'none') <> case t.state when 'ready' then 'held' when 'drawn' then 'open' when 'spent' then 'received' else 'none' end`,
  'every gift is pooled, leased, or counted as delivered, quarantined, withdrawn or expired': `
    select 1 from (${giftBalanceEntries}) as entry group by pool_id having sum(value) <> 0`,
  'the counts of the hours do not exceed the totals': `
    select 1 from (${minimumCounterEntries}) as entry group by pool_id, name having sum(value) < 0`,
  'a gift that was handed over is never pooled or delivered again': `
    select 1 from delivery d join gift g on g.id = d.gift_id where d.handed_over = 1
      and (d.state in ('held', 'lapsed') or g.state in ('pooled', 'withdrawn', 'expired')
        or exists (select 1 from delivery o where o.gift_id = d.gift_id and o.id > d.id))`,
  'the bytes of a reported gift are kept': `
    select 1 from gift where keep_until is not null and remove_at < keep_until`,
  'only leased and delivered gifts have thanks': `
    select 1 from gift where thanks is not null and state not in ('leased', 'delivered')`,
  'no giver receives their own gift or its bytes': `
    select 1 from delivery d join ticket t on t.id = d.ticket_id join gift g on g.id = d.gift_id where g.giver = t.giver or g.sha256 = t.sha256`,
  'no ticket waits while there is a gift for it': `
    select 1 from ticket t where t.state = 'waiting' and exists
      (select 1 from gift g join pool p on p.id = g.pool_id where g.pool_id = t.pool_id and g.state = 'pooled'
        and g.giver <> t.giver and g.sha256 <> t.sha256 and (t.wish is null or t.wish like '%"' || g.kind || '"%')
        and (g.kind = t.owed_kind or p.owed_kinds & (case g.kind ${kindBits} else 0 end) = 0)) -- others may be owed the kind`,
  'every open ticket that is owed a kind is backed by a gift of it, except for gifts that were damaged, withheld or withdrawn': `
    select 1 from (select pool_id, substr(name, 6) as kind, sum(value) as tickets from counter where name like 'owed/%' group by pool_id, name) as owed
      where tickets > coalesce((select sum(value) from counter c where c.pool_id = owed.pool_id
        and c.name in ('gifts/' || owed.kind, 'quarantined_total', 'withdrawn_total')), 0)`,
  'every open ticket is backed by a gift, except for gifts that were damaged or withheld': `
    select 1 from (
      select pool_id, case name when 'open_tickets' then -value else value end as spare from counter
        where name in ('open_tickets', 'quarantined_total') or name like 'gifts/%'
    ) as entry group by pool_id having sum(spare) < 0`,
};

/** See `Ledger.audit`. Reads everything. */
export async function audit(db: Db): Promise<Audit> {
  const faults: string[] = [];
  for (const [rule, query] of Object.entries(rules)) {
    const { rows } = await sql.raw(`${query} limit 1`).execute(db);
    if (rows.length > 0) faults.push(`broken: ${rule}`);
  }
  if (await hasMisplacedGift(db)) faults.push('broken: every pooled gift is in one of the slots of its kind');
  return {
    gifts: await countStates(db, 'gift'),
    tickets: await countStates(db, 'ticket'),
    deliveries: await countStates(db, 'delivery'),
    faults,
  };
}

/** Gifts of the layout before have slots of no kind until `compact-slots.ts` moves them. */
async function hasMisplacedGift(db: Db): Promise<boolean> {
  for (const pool of await db.selectFrom('pool').select(poolColumns).execute()) {
    for (const kind of fileKinds) {
      const [range] = rangesOf({ ...pool, ungrouped: 0 }, [kind]);
      const first = range?.first ?? firstSlotOf(kind);
      const misplaced = await db
        .selectFrom('gift')
        .select('id')
        .where('pool_id', '=', pool.id)
        .where('kind', '=', kind)
        .where('slot', '>', pool.slots)
        .where(({ or, eb }) => or([eb('slot', '<', first), eb('slot', '>=', first + (range?.count ?? 0))]))
        .limit(1)
        .executeTakeFirst();
      if (misplaced) return true;
    }
  }
  return false;
}

async function countStates(db: Db, table: 'gift' | 'ticket' | 'delivery'): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom(table)
    .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}
