import { Problem } from '../contract/problems/problem.ts';
import type { DeliveryFacts } from '../ledger/types.ts';
import type { Offloader, OffloadHeaders, OffloadTarget } from '../vault/offload.ts';
import type { Span } from '../vault/vault.ts';
import { deadlinesFrom } from './deadlines.ts';
import { failOnDamage } from './deliver.ts';
import type { ExchangeContext } from './ports.ts';

export type { OffloadTarget };

/**
 * Offloads a delivery to nginx or S3, after verifying its first block only (P7). Its arrival stays unknown, so the ledger first
 * records that it never returns to the pool (P2). Throws `gift-damaged`, `delivery-over`, `storage-failing`.
 */
export async function offload(
  context: ExchangeContext,
  offloader: Offloader,
  delivery: DeliveryFacts,
  span: Span,
  headers: OffloadHeaders,
): Promise<OffloadTarget> {
  await failOnDamage(context, delivery, readFirst(context, delivery, span));
  const target = await offloader.createTarget(delivery.gift.key, headers);
  if (!(await context.ledger.noteOffloaded(delivery.id, deadlinesFrom(context)))) throw new Problem('delivery-over');
  return target;
}

/** Reads the first block of a span, which verifies it. */
async function readFirst({ vault }: ExchangeContext, { gift }: DeliveryFacts, { start, end }: Span) {
  const { key, size, checks } = gift;
  const first = { start, end: Math.min(end, start + 1) };
  for await (const _ of vault.read(key, { size, checks }, first));
}
