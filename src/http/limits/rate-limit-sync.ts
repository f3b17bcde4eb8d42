/**
 * Shares rate limits between processes: about once a second, each adds its usage to the ledger and subtracts the usage of the
 * others. Addresses leave the process as hashes only (R37).
 */
import type { ExchangeContext } from '../../exchange/ports.ts';
import { hashAddress } from '../../exchange/secrets.ts';
import type { RateLimits } from '../context.ts';
import type { SharedCount, TokenBuckets } from './rate-limit.ts';

type SyncContext = Pick<ExchangeContext, 'ledger' | 'now' | 'randomBytes'>;
type Limits = Readonly<Record<keyof RateLimits, TokenBuckets>>;

/** The pause between two synchronisations, in milliseconds. */
const syncPause = 1_000;
/** Usage below this share of a limit is not shared. */
const minShare = 1 / 64;
/** How many addresses one synchronisation shares at most. */
const maxShared = 500;
const minute = 60_000;

/** The usage of one limit by one address in the current minute. */
interface Account {
  readonly purpose: string;
  readonly address: string;
  /** Used here and not yet shared. */
  unshared: number;
  shared: number;
  /** Spent elsewhere, and taken off here. */
  elsewhere: number;
}

/** Tells the ledger again and again; answers how to stop. */
export function startRateLimitSync(sharing: SyncContext, limits: Limits) {
  const synchronise = syncRateLimits(sharing, limits);
  let sending = Promise.resolve();
  const timer = setInterval(() => {
    // While the ledger is away, each process keeps its own limits.
    sending = sending.then(synchronise).catch(() => undefined);
  }, syncPause).unref();
  return async (): Promise<void> => {
    clearInterval(timer);
    await sending;
  };
}

/** Answers how to tell what was spent since the last time, and to learn what was spent elsewhere. */
export function syncRateLimits({ ledger, now, randomBytes }: SyncContext, limits: Limits): () => Promise<void> {
  const counts = new Map<string, SharedCount>([
    ...Object.entries(limits),
    ['freeDrawsReturned', limits.freeDraws.returned],
  ]);
  let accounts = new Map<string, Account>();
  let currentMinute = Number.NaN;
  const collectUsage = (time: number) => {
    const current = Math.floor(time / minute);
    if (current !== currentMinute) accounts = new Map();
    currentMinute = current;
    for (const [purpose, count] of counts) {
      for (const [address, tokens] of count.usage()) {
        const name = `${purpose} ${address}`;
        const fresh = { purpose, address, unshared: 0, shared: 0, elsewhere: 0 };
        const account = accounts.get(name) ?? fresh;
        account.unshared += tokens;
        accounts.set(name, account);
      }
    }
  };
  const isWorthSharing = ({ purpose, unshared, shared }: Account) =>
    unshared > 0 && shared + unshared >= (counts.get(purpose)?.capacity ?? 0) * minShare;
  return async () => {
    const time = now();
    collectUsage(time);
    const sending = [...accounts.values()].filter(isWorthSharing).slice(0, maxShared);
    if (sending.length === 0) return;
    const key = await ledger.addressHashKey(time, Buffer.from(randomBytes(32)).toString('hex'));
    const byHash = new Map(sending.map((one) => [`${one.purpose} ${hashAddress(one.address, key)}`, one]));
    const usage = sending.map((one) => {
      const spent = Math.ceil(one.unshared);
      one.shared += spent;
      one.unshared = 0;
      return { address: hashAddress(one.address, key), purpose: one.purpose, spent };
    });
    for (const { address, purpose, spent } of await ledger.recordUsage(time, usage)) {
      const account = byHash.get(`${purpose} ${address}`);
      if (account) applyTotal(account, spent, counts.get(purpose));
    }
  };
}

function applyTotal(account: Account, total: number, count: SharedCount | undefined): void {
  // An earlier synchronisation may not have reached the ledger.
  const elsewhere = Math.max(account.elsewhere, total - account.shared);
  count?.apply(account.address, elsewhere - account.elsewhere);
  account.elsewhere = elsewhere;
}
