import { Problem } from '../contract/problems/problem.ts';
import type { Delivery } from '../ledger/ledger.ts';
import { claimedDelivery } from './deliver.ts';
import { type Context, termsAt } from './ports.ts';

/**
 * Notes that a part was handed to the receiver's connection: all of it and `whole`, or less because the connection broke.
 * The delivery is final once every byte has been sent and this answer ended well. Answers whether it is.
 */
export async function sent(
  context: Context,
  delivery: Delivery,
  part: { readonly start: number; readonly end: number; readonly whole: boolean },
): Promise<boolean> {
  const terms = termsAt(context);
  const atOnce = part.whole && part.start === 0 && part.end === delivery.gift.size;
  const state = atOnce
    ? 'complete'
    : await context.ledger.renew(delivery.id, [part.start, part.end], terms, part.whole);
  if (state === 'final') return part.whole;
  if (state !== 'complete') return false;
  const notices = await persistently(() => context.ledger.finish(delivery.id, terms));
  context.board.announce(notices ?? []);
  return notices !== undefined;
}

/** The pauses before it is tried again to note what cannot be undone, in milliseconds. */
const pauses = [100, 300, 1_000, 3_000];

/**
 * The bytes are out, and nobody will ask for them again: noted too late, they would go to somebody else as well. So a ledger
 * that is away for a moment is waited for.
 */
async function persistently<T>(note: () => Promise<T>): Promise<T> {
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
export async function unsent(context: Context, delivery: Delivery): Promise<void> {
  context.board.announce(await context.ledger.reopen(delivery.id, termsAt(context)));
}

/**
 * "I have it": ends the lease at once, and the bytes go with the next sweep. Saying it again is fine. Throws
 * `delivery-unknown`, `delivery-over`, `gift-damaged`.
 */
export async function received(context: Context, secret: string): Promise<void> {
  const delivery = await claimedDelivery(context, secret);
  const terms = termsAt(context);
  const notices = await context.ledger.finish(delivery.id, { ...terms, removeAt: terms.now });
  // The lease ended since we looked: the gift is somebody else's, and to say yes would give it to two.
  if (notices === undefined) throw new Problem('delivery-over');
  context.board.announce(notices);
}
