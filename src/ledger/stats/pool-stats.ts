import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import type { Db } from '../schema/tables.ts';
import type { PoolFigures } from '../types.ts';
import { findTiers, readCounters, sumByPrefix, tiersOf } from './counters.ts';
import { lastHours } from './hourly.ts';

/** See `Ledger.stats`: reads counters only, a few rows per kind, extension and hour, however many gifts there are. */
export async function poolFigures(db: Db, poolName: string, now: number): Promise<PoolFigures> {
  const ids = tiersOf(await findTiers(db, poolName)).map(({ id }) => id);
  const counters = await readCounters(db, ids);
  const of = (name: string) => counters.get(name) ?? 0;
  return {
    gifts: sumByPrefix(counters, 'gifts/'),
    bytes: sumByPrefix(counters, 'bytes/'),
    openTickets: of('open_tickets'),
    givenTotal: of('given_total'),
    deliveredTotal: of('delivered_total'),
    kinds: fileKinds
      .map((kind: FileKind) => ({
        kind,
        gifts: of(`gifts/${kind}`),
        bytes: of(`bytes/${kind}`),
        owed: of(`owed/${kind}`),
      }))
      .filter(({ gifts }) => gifts > 0),
    extensions: extensionsIn(counters),
    hours: await lastHours(db, ids, now),
  };
}

function extensionsIn(counters: ReadonlyMap<string, number>): string[] {
  return [...counters]
    .filter(([name, value]) => name.startsWith('extension/') && value > 0)
    .map(([name]) => name.slice('extension/'.length))
    .sort();
}
