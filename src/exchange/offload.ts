import { Problem } from '../contract/problems/problem.ts';
import type { Delivery } from '../ledger/ledger.ts';
import type { Elsewhere, HandOver, SentAs } from '../vault/offload.ts';
import type { Span } from '../vault/vault.ts';
import { guarded } from './deliver.ts';
import { type Context, termsAt } from './ports.ts';

export type { Elsewhere };

/**
 * Lets somebody else send a part of a delivery. Nobody will know whether it arrives, so that from here on it is its
 * receiver's (P2): it ends with "I have it" or with its lease, and never returns to the pool. That is in the ledger before
 * anybody learns where the bytes are. Damage in the first block is found before, as in `startTransfer`; what comes after
 * it is not looked at (P7). Throws `gift-damaged`, `delivery-over`, `storage-failing`.
 */
export async function handOver(
  context: Context,
  to: HandOver,
  delivery: Delivery,
  span: Span,
  as: SentAs,
): Promise<Elsewhere> {
  await guarded(context, delivery, readFirst(context, delivery, span));
  const elsewhere = await to.to(delivery.gift.key, as);
  if (!(await context.ledger.handOver(delivery.id, termsAt(context))))
    throw new Problem('delivery-over');
  return elsewhere;
}

/** Reads the block that a part begins in, which checks it. */
async function readFirst({ vault }: Context, { gift }: Delivery, { start, end }: Span) {
  const { key, size, checks } = gift;
  const first = { start, end: Math.min(end, start + 1) };
  for await (const _ of vault.read(key, { size, checks }, first));
}
