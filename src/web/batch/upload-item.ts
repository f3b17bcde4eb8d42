/** Hands one of many files over. */

import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { isReadable } from '../files/selected-files.ts';
import type { Standing } from '../state/batch-item.ts';
import type { Keep } from '../state/storage.ts';
import { type GivingOptions, give, type Offering } from '../transfer/give-with-retry.ts';
import { findSame, type Known } from './duplicates.ts';

export interface HandTools {
  readonly client: Client;
  readonly keep: Pick<Keep, 'giver' | 'keepGiver' | 'keep' | 'owed' | 'entries'>;
  readonly give?: typeof give;
}

/** A file, and what it is compared with before it is sent; nothing when it is to be given in any case. */
export interface Handed {
  readonly offering: Offering;
  readonly known: Known;
  readonly rivals: readonly Known[] | undefined;
}

/** What came of it: an answer of the exchange, or what kept us from asking. */
export type Handing = { readonly answer: ExchangeAnswer } | { readonly hindrance: Standing };

/** Throws what `give` throws. */
export async function handOver(
  { offering, known, rivals = [] }: Handed,
  { client, keep, give: hand = give }: HandTools,
  { signal, progress }: Pick<GivingOptions, 'signal' | 'progress'>,
): Promise<Handing> {
  const hindrance = await findHindrance(offering.file, known, rivals);
  signal.throwIfAborted();
  if (hindrance) return { hindrance };
  return { answer: await hand(client, offering, { giver: keep.giver(), signal, progress }) };
}

async function findHindrance(
  file: File,
  known: Known,
  rivals: readonly Known[],
): Promise<Standing | undefined> {
  if (!(await isReadable(file))) return { name: 'refused', why: { code: 'unreadable' } };
  const same = await findSame(known, rivals);
  return same && { name: 'duplicate', of: same.name };
}
