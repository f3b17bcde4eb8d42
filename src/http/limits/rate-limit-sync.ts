/**
 * Shares rate limits between processes: about once a second, each adds its usage to the ledger and subtracts the usage of the
 * others. Addresses leave the process as hashes only (R37).
 */
import { createHmac } from 'node:crypto';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { RateLimits } from '../context.ts';
import type { TokenBuckets } from './rate-limit.ts';

type Sharing = Pick<ExchangeContext, 'ledger' | 'now' | 'randomBytes'>;
type Purpose = keyof RateLimits;

/** The pause between two synchronisations, in milliseconds. */
const pause = 1_000;
/** Usage below this share of a limit per minute is not shared. */
const smallChange = 1 / 64;
/** How many addresses one synchronisation shares at most. */
const mostTold = 500;
const minute = 60_000;

/** The usage of one limit by one address in the current minute. */
interface Account {
  readonly purpose: Purpose;
  readonly address: string;
  /** Used here and not yet shared. */
  untold: number;
  told: number;
  /** Spent elsewhere, and taken off here. */
  elsewhere: number;
}

/** Tells the ledger again and again; answers how to stop. */
export function startRateLimitSync(
  sharing: Sharing,
  limits: Readonly<Record<Purpose, TokenBuckets>>,
) {
  const share = syncRateLimits(sharing, limits);
  let telling = Promise.resolve();
  const timer = setInterval(() => {
    // While the ledger is away, each process keeps its own limits.
    telling = telling.then(share).catch(() => undefined);
  }, pause).unref();
  return async (): Promise<void> => {
    clearInterval(timer);
    await telling;
  };
}

/** Answers how to tell what was spent since the last time, and to learn what was spent elsewhere. */
export function syncRateLimits(
  { ledger, now, randomBytes }: Sharing,
  limits: Readonly<Record<Purpose, TokenBuckets>>,
): () => Promise<void> {
  const purposes = Object.keys(limits) as Purpose[];
  let accounts = new Map<string, Account>();
  let begun = Number.NaN;
  const note = (time: number) => {
    const current = Math.floor(time / minute);
    if (current !== begun) accounts = new Map();
    begun = current;
    for (const purpose of purposes) {
      for (const [address, tokens] of limits[purpose].usage()) {
        const name = `${purpose} ${address}`;
        const fresh = { purpose, address, untold: 0, told: 0, elsewhere: 0 };
        const account = accounts.get(name) ?? fresh;
        account.untold += tokens;
        accounts.set(name, account);
      }
    }
  };
  const worthTelling = ({ purpose, untold, told }: Account) =>
    untold > 0 && told + untold >= limits[purpose].perMinute * smallChange;
  return async () => {
    const time = now();
    note(time);
    const telling = [...accounts.values()].filter(worthTelling).slice(0, mostTold);
    if (telling.length === 0) return;
    const key = await ledger.addressHashKey(time, Buffer.from(randomBytes(32)).toString('hex'));
    const byHash = new Map(
      telling.map((one) => [`${one.purpose} ${hashed(one.address, key)}`, one]),
    );
    const spendings = telling.map((one) => {
      const spent = Math.ceil(one.untold);
      one.told += spent;
      one.untold = 0;
      return { address: hashed(one.address, key), purpose: one.purpose, spent };
    });
    for (const { address, purpose, spent } of await ledger.recordUsage(time, spendings)) {
      const account = byHash.get(`${purpose} ${address}`);
      if (account) settle(account, spent, limits[account.purpose]);
    }
  };
}

function settle(account: Account, total: number, limit: TokenBuckets): void {
  // An earlier synchronisation may not have reached the ledger.
  const elsewhere = Math.max(account.elsewhere, total - account.told);
  limit.subtract(account.address, elsewhere - account.elsewhere);
  account.elsewhere = elsewhere;
}

const hashed = (address: string, key: string) =>
  createHmac('sha256', key).update(address).digest('base64url').slice(0, 22);
