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

/**
 * The origin of a gift with its budgets; undefined where the exchange has none. A giver without a name is new and has used no
 * budget.
 */
export async function originOf(
  { rules, dailyHash }: Pick<ExchangeContext, 'rules' | 'dailyHash'>,
  source: FileSource | undefined,
  giver: string | undefined,
): Promise<GiftOrigin | undefined> {
  const { dailyGifts } = rules;
  if (dailyGifts === null || source === undefined) return undefined;
  const hash = await dailyHash();
  const budgets = source.ranges.map(({ key, share }) => ({ name: hash(`address ${key}`), limit: share * dailyGifts }));
  const address = budgets[0]?.name ?? '';
  if (giver !== undefined) budgets.push({ name: hash(`giver ${giver}`), limit: dailyGifts });
  if (source.page !== undefined) budgets.push({ name: hash(`page ${source.page}`), limit: dailyGifts });
  return { address, budgets };
}

const day = 86_400_000;
/** How many hashes a process remembers. */
const maxRemembered = 10_000;

/** See `ExchangeContext.dailyHash`. Asks the ledger for its key once a day. */
export function createDailyHash({
  ledger,
  now,
  randomBytes,
}: Pick<ExchangeContext, 'ledger' | 'now' | 'randomBytes'>): ExchangeContext['dailyHash'] {
  let today = Number.NaN;
  let hash: Promise<(text: string) => string> | undefined;
  const askForKey = async (time: number) => {
    const secret = await ledger.addressHashKey(time, Buffer.from(randomBytes(32)).toString('hex'));
    return rememberingHash(`${Math.floor(time / day)} `, secret);
  };
  return async () => {
    const time = now();
    if (Math.floor(time / day) !== today) hash = undefined;
    today = Math.floor(time / day);
    const asked = hash ?? askForKey(time);
    hash = asked;
    asked.catch(() => {
      if (hash === asked) hash = undefined;
    });
    return asked;
  };
}

function rememberingHash(prefix: string, secret: string): (text: string) => string {
  const remembered = new Map<string, string>();
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const hashed = prefix + createHmac('sha256', secret).update(text).digest('base64url').slice(0, 22);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(text, hashed);
    return hashed;
  };
}
