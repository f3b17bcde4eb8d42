/** Gifts in a ledger of SQLite, given by its own verbs. */
import { createHash } from 'node:crypto';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Deadlines, NewGift } from '../../src/ledger/types.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Deadlines that nothing reaches but leases and holds, which end after `span` milliseconds. */
export const deadlinesAt = (now: number, span = 1e9): Deadlines => ({
  now,
  leaseUntil: now + span,
  renewalPerByte: null,
  holdUntil: now + span,
  ticketUntil: now + 1e9,
  removeAt: now + 1e9,
  purgeAt: now + 1e9,
  keepUntil: now + 1e9,
});

/** The nth gift of a pool, by a giver of its own. */
export function giftOf(n: number, more: Partial<NewGift> = {}): NewGift {
  const sha256 = hash(`gift ${n}`);
  return {
    pool: 'public',
    key: sha256.slice(0, 32),
    giver: hash(`giver ${n}`),
    name: `gift ${n}.txt`,
    extension: 'txt',
    kind: 'text',
    mimeType: 'text/plain',
    size: 4096,
    sha256,
    checks: new Uint8Array(4),
    ticketHash: null,
    maxPoolBytes: Number.POSITIVE_INFINITY,
    ...more,
  };
}

/** Gives as many gifts, and tells how far it is. */
export async function fillPool(ledger: Ledger, size: number, gift: (n: number) => NewGift): Promise<void> {
  const step = 5_000;
  for (let done = 0; done < size; done += step) {
    const batch = Array.from({ length: Math.min(step, size - done) }, (_, i) => gift(done + i));
    await Promise.all(batch.map((one) => ledger.give(one, deadlinesAt(0))));
    process.stderr.write(`\rfilling ${size}: ${done + batch.length} `);
  }
  process.stderr.write('\n');
}
