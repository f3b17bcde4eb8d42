import { Problem } from '../contract/problems/problem.ts';
import type { DeliveryFacts } from '../ledger/types.ts';
import type { Span } from '../vault/vault.ts';
import { noteArrival } from './arrival-journal.ts';
import { deadlinesFrom } from './deadlines.ts';
import type { ExchangeContext, TransferProgress } from './ports.ts';
import { hashOf, isSecret } from './secrets.ts';
import { noteLoss } from './storage/missing-bytes.ts';

/** A transfer whose first block has been read and verified. */
export interface Transfer {
  readonly delivery: DeliveryFacts;
  readonly span: Span;
  /** The bytes in order. Throws `gift-damaged` or `delivery-over` when the transfer must stop. */
  readonly bytes: AsyncGenerator<Uint8Array, void>;
  /** The end of the bytes handed on so far; the receiver may lack the last block. */
  readonly handed: () => number;
  /** Notes that all bytes handed on have left: a process killed before the record leaves a note of the last one. */
  noteSent(): void;
  /** Erases the note: the arrival is recorded, or was none. */
  forgetSent(): void;
  /** Releases the vault's resources. */
  close(): Promise<void>;
}

/** A delivery whose gift has the name under which it arrives. */
export function nameForArrival({ inspect }: ExchangeContext, delivery: DeliveryFacts): DeliveryFacts {
  const { gift } = delivery;
  const name = inspect.arrivalName(gift);
  return name === gift.name ? delivery : { ...delivery, gift: { ...gift, name } };
}

/** Finds a delivery in any state. Throws `delivery-unknown`, `gift-damaged`. */
export async function findAnyDelivery(context: ExchangeContext, secret: string): Promise<DeliveryFacts> {
  const delivery = isSecret('delivery', secret) ? await context.ledger.findDelivery(hashOf(secret)) : undefined;
  if (!delivery) throw new Problem('delivery-unknown');
  if (delivery.state === 'damaged') throw new Problem('gift-damaged');
  return delivery;
}

/** Finds a delivery that has not lapsed. Throws `delivery-unknown`, `delivery-over`, `gift-damaged`. */
export async function findClaimedDelivery(context: ExchangeContext, secret: string): Promise<DeliveryFacts> {
  const delivery = await findAnyDelivery(context, secret);
  if (delivery.state === 'lapsed') throw new Problem('delivery-over');
  return delivery;
}

/** Finds a delivery whose bytes can be read. Throws `delivery-unknown`, `delivery-over`, `gift-damaged`. */
export async function findReadableDelivery(context: ExchangeContext, secret: string): Promise<DeliveryFacts> {
  const delivery = await findClaimedDelivery(context, secret);
  if (!delivery.readable) throw new Problem('delivery-over');
  return nameForArrival(context, delivery);
}

/**
 * Begins to send a span of a delivery. Damage in the first block quarantines the gift and throws `gift-damaged`, while the
 * caller can still draw another (P7).
 */
export async function startTransfer(context: ExchangeContext, delivery: DeliveryFacts, span: Span): Promise<Transfer> {
  await recordActiveTransfers(context, delivery);
  const { key, size, checks } = delivery.gift;
  const blocks = context.vault.read(key, { size, checks }, span)[Symbol.asyncIterator]();
  const first = await failOnDamage(context, delivery, blocks.next()); // mutant: completed-before-sent
  const progress: TransferProgress = { start: span.start, handed: span.start };
  const forget = trackTransfer(context, delivery.id, progress);
  const lease = holdLease(context, delivery, progress, span);
  return {
    delivery,
    span,
    bytes: renewLeaseWhileReading(context, delivery, progress, lease, blocks, first),
    handed: () => progress.handed,
    ...arrivalNote(context, delivery, progress),
    close: async () => {
      forget();
      lease.letGo();
      await blocks.return?.(); // mutant: file-left-open
    },
  };
}

function arrivalNote({ arrivalJournal }: ExchangeContext, delivery: DeliveryFacts, progress: TransferProgress) {
  let erase: (() => void) | undefined;
  return {
    noteSent: () => {
      if (progress.start > 0 || progress.handed < delivery.gift.size) return;
      erase ??= noteArrival(arrivalJournal, delivery);
    },
    forgetSent: () => {
      erase?.();
      erase = undefined;
    },
  };
}

function trackTransfer({ activeTransfers }: ExchangeContext, id: number, progress: TransferProgress): () => void {
  const of = activeTransfers.get(id) ?? new Set();
  activeTransfers.set(id, of.add(progress));
  return () => {
    of.delete(progress);
    if (of.size === 0) activeTransfers.delete(id);
  };
}

/** Records the ranges of running transfers: a resuming receiver may have left a dead connection behind, whose bytes count. */
async function recordActiveTransfers(context: ExchangeContext, delivery: DeliveryFacts): Promise<void> {
  for (const { start, handed } of context.activeTransfers.get(delivery.id) ?? []) {
    await context.ledger.renewLease(delivery.id, [start, handed], deadlinesFrom(context));
  }
}

type Block = IteratorResult<Uint8Array, unknown>;

/** The lease of a running transfer. */
interface Lease {
  /** Renews the lease in its second half, up to its limit. Throws `delivery-over`. */
  assert(): Promise<void>;
  letGo(): void;
}

/** The longest delay of a timer, in milliseconds. */
const maxTimerDelay = 2 ** 31 - 1;

/**
 * Renews a lease while blocks are sent, and by a timer while one block takes long, so that a slow receiver keeps the gift. The
 * minimum speed decides how long a block may take.
 */
function holdLease(context: ExchangeContext, delivery: DeliveryFacts, progress: TransferProgress, span: Span): Lease {
  const { rules, ledger } = context;
  if (delivery.state !== 'open') return { assert: async () => undefined, letGo: () => undefined };
  const limit = delivery.leaseLimit ?? Number.POSITIVE_INFINITY;
  let until = delivery.leaseUntil;
  const hasNewBytes = !delivery.arrived.some(([start, end]) => start <= span.start && span.end <= end);
  const renew = async () => {
    const deadlines = deadlinesFrom(context);
    // Otherwise a request for the same byte would keep the lease alive.
    const isRunning = hasNewBytes || progress.handed > progress.start;
    const state = await ledger.renewLease(
      delivery.id,
      [progress.start, progress.handed],
      deadlines,
      isRunning ? 'running' : 'cut',
    );
    if (state === 'over') throw new Problem('delivery-over');
    if (isRunning) until = Math.min(deadlines.leaseUntil, limit);
  };
  // A failure is retried, and thrown with the next block.
  const again = () => void renew().catch(() => undefined); // mutant: lease-not-renewed-by-timer
  const timer = setInterval(again, Math.min(rules.lease / 3, maxTimerDelay)).unref();
  return {
    assert: async () => {
      // A renewal beyond the limit would be one write for each block.
      if (until < limit && context.now() > until - rules.lease / 2) await renew(); // mutant: lease-not-renewed
      if (context.now() >= limit) throw new Problem('delivery-over');
    },
    letGo: () => clearInterval(timer),
  };
}

/** The blocks of a transfer. None is sent on a lease that may be over. */
async function* renewLeaseWhileReading(
  context: ExchangeContext,
  delivery: DeliveryFacts,
  progress: TransferProgress,
  lease: Lease,
  blocks: AsyncIterator<Uint8Array>,
  first: Block,
): AsyncGenerator<Uint8Array, void> {
  for (let block = first; !block.done; block = await failOnDamage(context, delivery, blocks.next())) {
    await lease.assert();
    progress.handed += block.value.length;
    yield block.value;
  }
}

/** Quarantines the gift when reading finds damaged or missing bytes. Throws `storage-failing` if many are missing. */
export async function failOnDamage<T>(
  context: ExchangeContext,
  delivery: DeliveryFacts,
  reading: Promise<T>,
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Problem && error.code === 'gift-damaged') {
      const { key } = delivery.gift;
      if (!(await context.vault.has(key))) await noteLoss(context, key);
      context.events.publish(await context.ledger.quarantine(delivery.id, deadlinesFrom(context)));
    }
    throw error;
  }
}
