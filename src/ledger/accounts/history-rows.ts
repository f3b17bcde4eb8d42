/** The entries in the histories of accounts. */
import type { AccountEntry, AccountSweep, AddedHistory, HistoryFacts, HistorySubject } from '../account-types.ts';
import type { HistoryTable } from '../schema/account-tables.ts';
import type { Db } from '../schema/tables.ts';
import { type HistoryRow, historyColumns, readFacts } from './history-facts.ts';

/** See `AccountLedger.addHistory`. */
export async function addHistory(
  db: Db,
  userId: string,
  subjects: readonly HistorySubject[],
  now: number,
): Promise<AddedHistory> {
  const result = { added: 0, known: 0, foreign: 0, unknown: 0 };
  const user = await db.selectFrom('auth_user').select('id').where('id', '=', userId).executeTakeFirst();
  if (!user) return { ...result, unknown: subjects.length };
  for (const subject of subjects) {
    const found = await findSubject(db, subject, now);
    result[found ? await addEntry(db, { ...found, user_id: userId }) : 'unknown'] += 1;
  }
  return result;
}

type NewEntry = Omit<HistoryTable, 'id' | 'facts'>;

/** Answers whether the entry is new, or whose it is already. */
async function addEntry(db: Db, entry: NewEntry): Promise<'added' | 'known' | 'foreign'> {
  const row = await db
    .insertInto('history')
    .values({ ...entry, facts: '{}' })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning(historyColumns)
    .executeTakeFirst();
  if (row) {
    await saveFacts(db, [row]);
    return 'added';
  }
  const known = await db.selectFrom('history').select('user_id').where('key', '=', entry.key).executeTakeFirst();
  return known?.user_id === entry.user_id ? 'known' : 'foreign';
}

/** The rows that a subject is about, and when it began. */
async function findSubject(
  db: Db,
  subject: HistorySubject,
  now: number,
): Promise<Omit<NewEntry, 'user_id'> | undefined> {
  const none = { gift_id: null, ticket_id: null, delivery_id: null };
  if ('ticketHash' in subject) {
    const ticket = await db
      .selectFrom('ticket')
      .select(['id', 'gift_id', 'created_at'])
      .where('hash', '=', subject.ticketHash)
      .executeTakeFirst();
    return (
      ticket && {
        ...none,
        key: subject.ticketHash,
        gift_id: ticket.gift_id,
        ticket_id: ticket.id,
        began_at: ticket.created_at,
      }
    );
  }
  if ('giftKey' in subject) {
    const gift = await db
      .selectFrom('gift')
      .select(['id', 'given_at'])
      .where('key', '=', subject.giftKey)
      .executeTakeFirst();
    return gift && { ...none, key: subject.giftKey, gift_id: gift.id, began_at: gift.given_at };
  }
  const delivery = await db
    .selectFrom('delivery')
    .select(['id', 'received_at'])
    .where('secret_hash', '=', subject.secretHash)
    // That of a ticket belongs to the entry of the ticket.
    .where('ticket_id', 'is', null)
    .executeTakeFirst();
  return (
    delivery && { ...none, key: subject.secretHash, delivery_id: delivery.id, began_at: delivery.received_at ?? now }
  );
}

/** Saves the facts of these entries, where they have changed; answers how many. */
async function saveFacts(db: Db, rows: readonly HistoryRow[]): Promise<number> {
  const facts = await readFacts(db, rows);
  let saved = 0;
  for (const { id, facts: before } of rows) {
    const text = JSON.stringify(facts.get(id));
    if (text === before) continue;
    await db.updateTable('history').set({ facts: text }).where('id', '=', id).execute();
    saved += 1;
  }
  return saved;
}

/** See `AccountLedger.readHistory`. */
export async function readHistory(
  db: Db,
  userId: string,
  before: number | undefined,
  limit: number,
): Promise<readonly AccountEntry[]> {
  const rows = await db
    .selectFrom('history')
    .select(historyColumns)
    .where('user_id', '=', userId)
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  const facts = await readFacts(db, rows);
  return rows.map(({ id, key, began_at }) => ({
    id,
    key,
    beganAt: began_at,
    facts: facts.get(id) as HistoryFacts,
  }));
}

/** See `AccountLedger.eraseHistory`. */
export async function eraseHistory(db: Db, userId: string, key?: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('history')
    .where('user_id', '=', userId)
    .$if(key !== undefined, (query) => query.where('key', '=', key ?? ''))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** See `AccountLedger.sweepHistory`. */
export async function sweepHistory(
  db: Db,
  { purgeBefore, beganBefore, limit }: { purgeBefore: number; beganBefore: number; limit: number },
): Promise<AccountSweep> {
  const old = await db
    .selectFrom('history')
    .select('id')
    .where('began_at', '<', beganBefore)
    .orderBy('began_at')
    .limit(limit)
    .execute();
  const ids = old.map(({ id }) => id);
  if (ids.length > 0) await db.deleteFrom('history').where('id', 'in', ids).execute();
  return { saved: await saveFacts(db, await soonPurged(db, purgeBefore)), removed: ids.length };
}

/** The entries whose gifts, given or received, have rows that may be purged before a time. */
async function soonPurged(db: Db, purgeBefore: number): Promise<readonly HistoryRow[]> {
  const given = await db
    .selectFrom('gift')
    .innerJoin('history', 'history.gift_id', 'gift.id')
    .select(historyColumns)
    .where('gift.purge_at', '<', purgeBefore)
    .execute();
  const received = await db
    .selectFrom('gift')
    .innerJoin('delivery', 'delivery.gift_id', 'gift.id')
    .innerJoin('history', (join) =>
      join.on((eb) =>
        eb.or([
          eb('history.delivery_id', '=', eb.ref('delivery.id')),
          eb('history.ticket_id', '=', eb.ref('delivery.ticket_id')),
        ]),
      ),
    )
    .select(historyColumns)
    .where('gift.purge_at', '<', purgeBefore)
    .execute();
  return [...new Map([...given, ...received].map((row) => [row.id, row])).values()];
}
