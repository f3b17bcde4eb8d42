import { Problem } from '../contract/problems/problem.ts';
import type { DeliveryFacts } from '../ledger/types.ts';
import type { Span } from '../vault/vault.ts';
import { deadlinesFrom } from './deadlines.ts';
import type { ExchangeContext, TransferProgress } from './ports.ts';
import { hashOf, isSecret } from './secrets.ts';

/** Bytes on their way; the first of them have been read and checked. */
export interface Transfer {
  readonly delivery: DeliveryFacts;
  readonly span: Span;
  /** The bytes in order. Throws `gift-damaged` or `delivery-over` in the middle when they must not go on. */
  readonly bytes: AsyncGenerator<Uint8Array, void>;
  /** Up to where bytes have been handed on; the receiver has them all, or all but the last. */
  readonly handed: () => number;
  /** Lets go of the vault, however far the bytes came. */
  close(): Promise<void>;
}

/** Finds a delivery of which a part may have arrived, whatever has become of it. Throws `delivery-unknown`, `gift-damaged`. */
export async function findAnyDelivery(
  context: ExchangeContext,
  secret: string,
): Promise<DeliveryFacts> {
  const delivery = isSecret('delivery', secret)
    ? await context.ledger.findDelivery(hashOf(secret))
    : undefined;
  if (!delivery) throw new Problem('delivery-unknown');
  if (delivery.state === 'damaged') throw new Problem('gift-damaged');
  return delivery;
}

/** Finds a delivery whose gift is its receiver's, the bytes there or not. Throws `delivery-unknown`, `delivery-over`, `gift-damaged`. */
export async function findClaimedDelivery(
  context: ExchangeContext,
  secret: string,
): Promise<DeliveryFacts> {
  const delivery = await findAnyDelivery(context, secret);
  if (delivery.state === 'lapsed') throw new Problem('delivery-over');
  return delivery;
}

/** Finds a delivery that can be fetched. Throws `delivery-unknown`, `delivery-over`, `gift-damaged`. */
export async function findReadableDelivery(
  context: ExchangeContext,
  secret: string,
): Promise<DeliveryFacts> {
  const delivery = await findClaimedDelivery(context, secret);
  if (!delivery.readable) throw new Problem('delivery-over');
  return delivery;
}

/**
 * Begins to send a part of a delivery. Damage in the first block is found before this resolves: it quarantines the gift
 * and throws `gift-damaged`, while the caller can still draw another (P7).
 */
export async function startTransfer(
  context: ExchangeContext,
  delivery: DeliveryFacts,
  span: Span,
): Promise<Transfer> {
  await recordActiveTransfers(context, delivery);
  const { key, size, checks } = delivery.gift;
  const blocks = context.vault.read(key, { size, checks }, span)[Symbol.asyncIterator]();
  const first = await failOnDamage(context, delivery, blocks.next()); // mutant: completed-before-sent
  const progress: TransferProgress = { start: span.start, handed: span.start };
  const forget = trackTransfer(context, delivery.id, progress);
  const lease = holdLease(context, delivery, progress);
  return {
    delivery,
    span,
    bytes: renewLeaseWhileReading(context, delivery, progress, lease, blocks, first),
    handed: () => progress.handed,
    close: async () => {
      forget();
      lease.letGo();
      await blocks.return?.(); // mutant: file-left-open
    },
  };
}

function trackTransfer(
  { activeTransfers }: ExchangeContext,
  id: number,
  progress: TransferProgress,
): () => void {
  const of = activeTransfers.get(id) ?? new Set();
  activeTransfers.set(id, of.add(progress));
  return () => {
    of.delete(progress);
    if (of.size === 0) activeTransfers.delete(id);
  };
}

/**
 * A receiver who resumes may have left a connection behind that nobody has noticed is dead: what it carried counts as
 * sent, or the parts would never add up.
 */
async function recordActiveTransfers(
  context: ExchangeContext,
  delivery: DeliveryFacts,
): Promise<void> {
  for (const { start, handed } of context.activeTransfers.get(delivery.id) ?? []) {
    await context.ledger.renewLease(delivery.id, [start, handed], deadlinesFrom(context));
  }
}

type Block = IteratorResult<Uint8Array, unknown>;

/** The lease of a delivery that is under way. */
interface Lease {
  /** Renews it when it has lasted a while. Throws `delivery-over`. */
  assert(): Promise<void>;
  letGo(): void;
}

/** A timer takes no longer times, in milliseconds. */
const maxTimerDelay = 2 ** 31 - 1;

/**
 * Renews a lease while bytes move, and while one block of them takes its time: a receiver who is slow but gets it all in the end
 * must not share it with somebody who drew it meanwhile. How long a block may take is not decided here (`Pace`).
 */
function holdLease(
  context: ExchangeContext,
  delivery: DeliveryFacts,
  progress: TransferProgress,
): Lease {
  const { rules, ledger } = context;
  if (delivery.state !== 'open') return { assert: async () => undefined, letGo: () => undefined };
  let until = delivery.leaseUntil;
  const renew = async () => {
    const deadlines = deadlinesFrom(context);
    const state = await ledger.renewLease(
      delivery.id,
      [progress.start, progress.handed],
      deadlines,
    );
    if (state === 'over') throw new Problem('delivery-over');
    until = deadlines.leaseUntil;
  };
  // What fails now is tried again, and told with the next block.
  const again = () => void renew().catch(() => undefined); // mutant: lease-not-renewed-by-timer
  const timer = setInterval(again, Math.min(rules.lease / 3, maxTimerDelay)).unref();
  return {
    assert: async () => {
      if (context.now() > until - rules.lease / 2) await renew(); // mutant: lease-not-renewed
    },
    letGo: () => clearInterval(timer),
  };
}

/** Sends block after block; nothing is sent on a lease that may be over. */
async function* renewLeaseWhileReading(
  context: ExchangeContext,
  delivery: DeliveryFacts,
  progress: TransferProgress,
  lease: Lease,
  blocks: AsyncIterator<Uint8Array>,
  first: Block,
): AsyncGenerator<Uint8Array, void> {
  for (
    let block = first;
    !block.done;
    block = await failOnDamage(context, delivery, blocks.next())
  ) {
    await lease.assert();
    progress.handed += block.value.length;
    yield block.value;
  }
}

/** Bytes that are not what was given quarantine their gift, whenever that is found. */
export async function failOnDamage<T>(
  context: ExchangeContext,
  delivery: DeliveryFacts,
  reading: Promise<T>,
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Problem && error.code === 'gift-damaged') {
      context.events.publish(await context.ledger.quarantine(delivery.id, deadlinesFrom(context)));
    }
    throw error;
  }
}
