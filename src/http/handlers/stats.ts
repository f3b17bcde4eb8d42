import type { PoolStats } from '../../contract/api/schemas.ts';
import { hourOf } from '../../contract/vocabulary.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import { publicPool } from '../../exchange/rules.ts';
import type { HttpContext } from '../context.ts';
import { statsAnswer } from '../response/serializers.ts';

/** `GET /api/pool/stats` */
export const getStats = ({ exchange }: HttpContext): Promise<PoolStats> => readStats(exchange);

/** The statistics of a pool. */
export async function readStats({ ledger, now, rules }: ExchangeContext, pool = publicPool): Promise<PoolStats> {
  return statsAnswer(await ledger.stats(pool, now()), rules);
}

/** Statistics for all event streams: read once after each change and once an hour. */
export function createLiveStats(exchange: ExchangeContext): () => Promise<PoolStats> {
  let latest: Promise<PoolStats> | undefined;
  let hour = Number.NaN;
  const forget = () => {
    latest = undefined;
  };
  exchange.events.onPool(forget);
  return () => {
    const thisHour = hourOf(exchange.now());
    if (!latest || hour !== thisHour) {
      hour = thisHour;
      latest = readStats(exchange);
      latest.catch(forget);
    }
    return latest;
  };
}
