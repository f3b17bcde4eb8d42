/** The secrets of tickets, givers, deliveries and hosts: 192 bits each. The ledger stores only their SHA-256. */
import { createHmac, hash } from 'node:crypto';
import { Problem } from '../contract/problems/problem.ts';
import type { ExchangeContext } from './ports.ts';

const prefixes = { ticket: 't_', giver: 'g_', delivery: 'd_', host: 'h_' } as const;
type SecretKind = keyof typeof prefixes;

const secretBytes = 24;

export function newSecret(context: Pick<ExchangeContext, 'randomBytes'>, kind: SecretKind): string {
  return prefixes[kind] + Buffer.from(context.randomBytes(secretBytes)).toString('base64url');
}

/**
 * Derives a secret from a client's idempotency key and the ledger's secret (HMAC-SHA-256). A repeated key derives the same one,
 * and a key that is guessed tells nothing.
 */
export function secretFrom(ledgerSecret: string, key: string, kind: 'ticket' | 'giver'): string {
  return derived(kind, ledgerSecret, `${kind} ${key}`);
}

/** The secret that versions without a ledger's secret derived from a key. */
export function earlierSecretFrom(key: string, kind: 'ticket' | 'giver'): string {
  return derived(kind, key, kind);
}

function derived(kind: SecretKind, from: string, purpose: string): string {
  const mac = createHmac('sha256', from).update(purpose).digest();
  return prefixes[kind] + mac.subarray(0, secretBytes).toString('base64url');
}

/** True if a text has the form of such a secret. Only those are hashed and looked up. */
export function isSecret(kind: SecretKind, text: string): boolean {
  return text.startsWith(prefixes[kind]) && /^[\w-]{32}$/.test(text.slice(prefixes[kind].length));
}

export function hashOf(secret: string): string {
  return hash('sha256', secret);
}

/** The hash of an address, or of another fact about a client, under a key that changes (HMAC-SHA-256, 132 bits). */
export const hashAddress = (address: string, key: string): string =>
  createHmac('sha256', key).update(address).digest('base64url').slice(0, 22);

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
    const hashed = prefix + hashAddress(text, secret);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(text, hashed);
    return hashed;
  };
}

/** The hash by which the ledger knows a ticket. Throws `ticket-unknown` for a malformed one. */
export function hashOfTicket(ticket: string): string {
  if (!isSecret('ticket', ticket)) throw new Problem('ticket-unknown');
  return hashOf(ticket);
}

/** The giver that a client names; undefined when there is none or it is malformed. */
export function namedGiver(giver: string | undefined): string | undefined {
  return giver !== undefined && isSecret('giver', giver) ? giver : undefined;
}

/** Derives the secret of a delivery from its ticket and a nonce (HMAC-SHA-256), so that a repeated draw has the same URL. */
export function deliverySecret(ticket: string, nonce: string): string {
  return derived('delivery', ticket, `delivery ${nonce}`);
}
