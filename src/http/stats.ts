import type { PoolStats } from '../contract/schemas.ts';
import { publicPool } from '../exchange/context.ts';
import { statsAnswer } from './answers.ts';
import type { Door } from './settings.ts';

/** `GET /api/pool/stats` */
export async function getStats({ context }: Door): Promise<PoolStats> {
  return statsAnswer(await context.ledger.stats(publicPool), context.rules);
}
