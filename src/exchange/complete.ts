import { Problem } from '../contract/problems/problem.ts';
import type { DeliveryFacts } from '../ledger/types.ts';
import { deadlinesFrom } from './deadlines.ts';
import { findClaimedDelivery } from './deliver.ts';
import type { ExchangeContext } from './ports.ts';

/**
 * Notes that a part was handed to the receiver's connection: all of it and `whole`, or less because the connection broke.
 * The delivery is final once every byte has been sent and this answer ended well. Answers whether it is.
 */
export async function completeTransfer(
  context: ExchangeContext,
  delivery: DeliveryFacts,
  part: { readonly start: number; readonly end: number; readonly whole: boolean },
): Promise<boolean> {
  const deadlines = deadlinesFrom(context);
  const atOnce = part.whole && part.start === 0 && part.end === delivery.gift.size;
  const state = atOnce
    ? 'complete'
    : await context.ledger.renewLease(delivery.id, [part.start, part.end], deadlines, part.whole);
  if (state === 'final') return part.whole;
  if (state !== 'complete') return false;
  const notices = await retryWhileAway(() => context.ledger.complete(delivery.id, deadlines)); // mutant: unlink-before-commit
  context.events.publish(notices ?? []);
  return notices !== undefined;
}

/** The pauses before it is tried again to note what cannot be undone, in milliseconds. */
const pauses = [100, 300, 1_000, 3_000];

/**
 * The bytes are out, and nobody will ask for them again: noted too late, they would go to somebody else as well. So a ledger
 * that is away for a moment is waited for.
 */
async function retryWhileAway<T>(note: () => Promise<T>): Promise<T> {
  for (const pause of pauses) {
    try {
      return await note();
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'storage-failing')) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return note();
}

/** The connection turned out to be broken right after the last byte: the delivery is open again, to be resumed. */
export async function reopenTransfer(
  context: ExchangeContext,
  delivery: DeliveryFacts,
): Promise<void> {
  context.events.publish(await context.ledger.reopen(delivery.id, deadlinesFrom(context)));
}

/**
 * "I have it": ends the lease at once, and the bytes go with the next sweep. Saying it again is fine. Throws
 * `delivery-unknown`, `delivery-over`, `gift-damaged`.
 */
export async function acknowledge(context: ExchangeContext, secret: string): Promise<void> {
  const delivery = await findClaimedDelivery(context, secret); // mutant: yes-too-late-lapsed
  const deadlines = deadlinesFrom(context);
  const notices = await context.ledger.complete(delivery.id, {
    ...deadlines,
    removeAt: deadlines.now,
  });
  // The lease ended since we looked: the gift is somebody else's, and to say yes would give it to two.
  if (notices === undefined) throw new Problem('delivery-over'); // mutant: yes-too-late
  context.events.publish(notices);
}
