import type { PoolStats } from '../../contract/api/schemas.ts';
import { hourOf } from '../../contract/hourly-stats.ts';
import { publicPool } from '../../exchange/ports.ts';
import type { Door } from '../context.ts';
import { statsAnswer } from '../response/serializers.ts';

/** `GET /api/pool/stats` */
export async function getStats({ context }: Door): Promise<PoolStats> {
  return statsAnswer(await context.ledger.stats(publicPool, context.now()), context.rules);
}

/** The statistics for all who look on live: read once after each change and once an hour, however many they are. */
export function liveStats(door: Door): () => Promise<PoolStats> {
  let latest: Promise<PoolStats> | undefined;
  let hour = Number.NaN;
  const forget = () => {
    latest = undefined;
  };
  door.context.board.onPool(forget);
  return () => {
    const thisHour = hourOf(door.context.now());
    if (!latest || hour !== thisHour) {
      hour = thisHour;
      latest = getStats(door);
      latest.catch(forget);
    }
    return latest;
  };
}
