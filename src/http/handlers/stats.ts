import type { PoolStats } from '../../contract/api/schemas.ts';
import { hourOf } from '../../contract/vocabulary.ts';
import { publicPool } from '../../exchange/ports.ts';
import type { HttpContext } from '../context.ts';
import { statsAnswer } from '../response/serializers.ts';

/** `GET /api/pool/stats` */
export async function getStats({ exchange }: HttpContext): Promise<PoolStats> {
  return statsAnswer(await exchange.ledger.stats(publicPool, exchange.now()), exchange.rules);
}

/** The statistics for all who look on live: read once after each change and once an hour, however many they are. */
export function liveStats(door: HttpContext): () => Promise<PoolStats> {
  let latest: Promise<PoolStats> | undefined;
  let hour = Number.NaN;
  const forget = () => {
    latest = undefined;
  };
  door.exchange.events.onPool(forget);
  return () => {
    const thisHour = hourOf(door.exchange.now());
    if (!latest || hour !== thisHour) {
      hour = thisHour;
      latest = getStats(door);
      latest.catch(forget);
    }
    return latest;
  };
}
