/** Reads whether bytes and givers of new gifts are known, in one query: each gift pays for it. */
import { sql } from 'kysely';
import { cachedQuery } from '../engine/query-cache.ts';
import { isNoCopy } from '../schema/index-predicates.ts';
import type { Db } from '../schema/tables.ts';
import type { NewGift } from '../types.ts';

interface Known {
  /** The bytes that the desk has removed, and the givers that it has banned. */
  readonly refused: ReadonlySet<string>;
  /** The bytes of gifts with an origin that came before. */
  readonly files: ReadonlySet<string>;
}

/** Reads what is known before any of these gifts is pooled. */
export async function findKnown(
  db: Db,
  gifts: readonly Pick<NewGift, 'giver' | 'sha256' | 'origin'>[],
): Promise<Known> {
  const rows = await knownAmong(db, {
    hashes: gifts.map(({ sha256 }) => sha256),
    givers: gifts.map(({ giver }) => giver),
    limited: gifts.filter(({ origin }) => origin !== undefined).map(({ sha256 }) => sha256),
  });
  const valuesOf = (isRefused: 0 | 1) =>
    new Set(rows.filter(({ refused }) => refused === isRefused).map(({ value }) => value));
  return { refused: valuesOf(1), files: valuesOf(0) };
}

/** The index of gifts has no copies, so that the answer is short. */
const knownAmong = cachedQuery(
  (db, { hashes, givers, limited }: Readonly<Record<'hashes' | 'givers' | 'limited', readonly string[]>>) =>
    db
      .selectFrom('review')
      .select(['sha256 as value', sql<number>`1`.as('refused')])
      .where('sha256', 'in', hashes)
      .where(sql<boolean>`state in ('removed', 'appealed')`)
      .unionAll(
        db
          .selectFrom('ban')
          .select(['value', sql<number>`1`.as('refused')])
          .where('value', 'in', givers)
          .where(sql<boolean>`subject = 'giver'`),
      )
      .unionAll(
        db
          .selectFrom('gift')
          .select(['sha256 as value', sql<number>`0`.as('refused')])
          .where('sha256', 'in', limited)
          .where(isNoCopy),
      ),
);
