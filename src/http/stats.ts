import type { PoolStats } from '../contract/schemas.ts';
import { publicPool } from '../exchange/context.ts';
import { statsAnswer } from './answers.ts';
import type { Door } from './settings.ts';

/** `GET /api/pool/stats` */
export async function getStats({ context }: Door): Promise<PoolStats> {
  return statsAnswer(await context.ledger.stats(publicPool), context.rules);
}

/** The statistics for all who look on live: read once after each change, however many they are. */
export function liveStats(door: Door): () => Promise<PoolStats> {
  let latest: Promise<PoolStats> | undefined;
  const forget = () => {
    latest = undefined;
  };
  door.context.board.onPool(forget);
  return () => {
    if (!latest) {
      latest = getStats(door);
      latest.catch(forget);
    }
    return latest;
  };
}
