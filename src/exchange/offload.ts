import { Problem } from '../contract/problems/problem.ts';
import type { DeliveryFacts } from '../ledger/types.ts';
import type { Offloader, OffloadHeaders, OffloadTarget } from '../vault/offload.ts';
import type { Span } from '../vault/vault.ts';
import { deadlinesFrom } from './deadlines.ts';
import { failOnDamage } from './deliver.ts';
import type { ExchangeContext } from './ports.ts';

export type { OffloadTarget };

/**
 * Lets somebody else send a part of a delivery. Nobody will know whether it arrives, so that from here on it is its
 * receiver's (P2): it ends with "I have it" or with its lease, and never returns to the pool. That is in the ledger before
 * anybody learns where the bytes are. Damage in the first block is found before, as in `startTransfer`; what comes after
 * it is not looked at (P7). Throws `gift-damaged`, `delivery-over`, `storage-failing`.
 */
export async function offload(
  context: ExchangeContext,
  to: Offloader,
  delivery: DeliveryFacts,
  span: Span,
  as: OffloadHeaders,
): Promise<OffloadTarget> {
  await failOnDamage(context, delivery, readFirst(context, delivery, span));
  const elsewhere = await to.locate(delivery.gift.key, as);
  if (!(await context.ledger.noteOffloaded(delivery.id, deadlinesFrom(context))))
    throw new Problem('delivery-over');
  return elsewhere;
}

/** Reads the block that a part begins in, which checks it. */
async function readFirst(
  { vault }: ExchangeContext,
  { gift }: DeliveryFacts,
  { start, end }: Span,
) {
  const { key, size, checks } = gift;
  const first = { start, end: Math.min(end, start + 1) };
  for await (const _ of vault.read(key, { size, checks }, first));
}
