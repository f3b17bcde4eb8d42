/** Tickets, givers and delivery secrets: 192 bits each, known to their bearers only; the ledger holds their SHA-256. */
import { createHmac, hash } from 'node:crypto';
import { Problem } from '../contract/problems/problem.ts';
import type { ExchangeContext } from './ports.ts';

const prefixes = { ticket: 't_', giver: 'g_', delivery: 'd_' } as const;
type SecretKind = keyof typeof prefixes;

const secretBytes = 24;

export function newSecret(context: Pick<ExchangeContext, 'randomBytes'>, kind: SecretKind): string {
  return prefixes[kind] + Buffer.from(context.randomBytes(secretBytes)).toString('base64url');
}

/**
 * The secret that a client's own key stands for (HMAC-SHA-256): whoever repeats the key gets the same one, and nothing
 * but its hash need be kept.
 */
export function secretFrom(key: string, kind: 'ticket' | 'giver'): string {
  return derived(kind, key, kind);
}

function derived(kind: SecretKind, from: string, purpose: string): string {
  const mac = createHmac('sha256', from).update(purpose).digest();
  return prefixes[kind] + mac.subarray(0, secretBytes).toString('base64url');
}

/** Whether a text could be such a secret; nothing else is ever hashed or looked up. */
export function isSecret(kind: SecretKind, text: string): boolean {
  return text.startsWith(prefixes[kind]) && /^[\w-]{32}$/.test(text.slice(prefixes[kind].length));
}

export function hashOf(secret: string): string {
  return hash('sha256', secret);
}

/** What the ledger knows a ticket by. Throws `ticket-unknown` for what cannot be one. */
export function hashOfTicket(ticket: string): string {
  if (!isSecret('ticket', ticket)) throw new Problem('ticket-unknown');
  return hashOf(ticket);
}

/** The giver that a client names, or undefined when it names none or what cannot be one. */
export function namedGiver(giver: string | undefined): string | undefined {
  return giver !== undefined && isSecret('giver', giver) ? giver : undefined;
}

/**
 * The secret of a delivery follows from its ticket and a nonce (HMAC-SHA-256), so the same ticket asked again answers the
 * same address, although the ledger holds hashes only.
 */
export function deliverySecret(ticket: string, nonce: string): string {
  return derived('delivery', ticket, `delivery ${nonce}`);
}
