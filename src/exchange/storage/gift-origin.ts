/** Where gifts come from, as the ledger may know it: hashes under a key of the day (HMAC-SHA-256), which name no address. */
import { createHmac } from 'node:crypto';
import type { GiftOrigin } from '../../ledger/limit-types.ts';
import type { ExchangeContext } from '../ports.ts';

/** Where a file comes from. */
export interface FileSource {
  /** The client and its networks, smallest first, and how many times the daily budget each of them has. */
  readonly ranges: readonly { readonly key: string; readonly share: number }[];
  /** The foreign page that sent it, all of whose visitors share one budget. */
  readonly page: string | undefined;
}

/** The origin of a gift with its budgets; undefined where the exchange has none. */
export async function originOf(
  { rules, hashOfDay }: Pick<ExchangeContext, 'rules' | 'hashOfDay'>,
  source: FileSource | undefined,
  giver: string,
): Promise<GiftOrigin | undefined> {
  const { dailyGifts } = rules;
  if (dailyGifts === null || source === undefined) return undefined;
  const { ranges, page } = source;
  const shares = [
    ...ranges.map(({ key, share }) => ({ text: `address ${key}`, share })),
    { text: `giver ${giver}`, share: 1 },
    ...(page === undefined ? [] : [{ text: `page ${page}`, share: 1 }]),
  ];
  const budgets = await Promise.all(
    shares.map(async ({ text, share }) => ({ name: await hashOfDay(text), limit: share * dailyGifts })),
  );
  return { address: await hashOfDay(`address ${ranges[0]?.key}`), budgets };
}

const day = 86_400_000;
/** How many hashes a process remembers. */
const maxRemembered = 10_000;

/** See `ExchangeContext.hashOfDay`. Asks the ledger once a day. */
export function createDailyHash({
  ledger,
  now,
  randomBytes,
}: Pick<ExchangeContext, 'ledger' | 'now' | 'randomBytes'>): ExchangeContext['hashOfDay'] {
  let today = Number.NaN;
  let key: Promise<string> | undefined;
  const remembered = new Map<string, string>();
  const askForKey = (time: number) => {
    const asked = ledger.addressHashKey(time, Buffer.from(randomBytes(32)).toString('hex'));
    asked.catch(() => {
      if (key === asked) key = undefined;
    });
    return asked;
  };
  return async (text) => {
    const time = now();
    const current = Math.floor(time / day);
    if (current !== today) key = undefined;
    if (current !== today || remembered.size >= maxRemembered) remembered.clear();
    today = current;
    const known = remembered.get(text);
    if (known !== undefined) return known;
    key ??= askForKey(time);
    const hashed = `${current} ${createHmac('sha256', await key)
      .update(text)
      .digest('base64url')
      .slice(0, 22)}`;
    if (current === today) remembered.set(text, hashed);
    return hashed;
  };
}
