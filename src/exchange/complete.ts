/**
 * The end of a delivery.
 *
 * | state | next |
 * | --- | --- |
 * | streaming | `completeTransfer` records ranges; the last one completes it |
 * | received | final, unless the connection is reset within two seconds |
 * | reopened | `reopenTransfer`: under lease again, to be resumed |
 * | acknowledged | `acknowledge`: final at once if every byte was sent, and the bytes go with the next sweep |
 */
import type { ProblemCode } from '../contract/problems/codes.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { DeliveryFacts } from '../ledger/types.ts';
import { deadlinesFrom } from './deadlines.ts';
import { findClaimedDelivery } from './deliver.ts';
import type { ExchangeContext } from './ports.ts';

/**
 * Records a range that was sent; `whole` when its response ended well. Answers whether the delivery is final by this response:
 * every byte was sent, and it ended well.
 */
export async function completeTransfer(
  context: ExchangeContext,
  delivery: DeliveryFacts,
  part: { readonly start: number; readonly end: number; readonly whole: boolean },
): Promise<boolean> {
  const deadlines = deadlinesFrom(context);
  const atOnce = part.whole && part.start === 0 && part.end === delivery.gift.size;
  const renew = () =>
    context.ledger.renewLease(delivery.id, [part.start, part.end], deadlines, part.whole ? 'ended' : 'cut');
  const state = atOnce ? 'complete' : await retryAfter(completionPauses, 'storage-failing', renew);
  if (state === 'final') return part.whole;
  if (state !== 'complete') return false;
  const record = () => context.ledger.complete(delivery.id, deadlines);
  const notices = await retryAfter(completionPauses, 'storage-failing', record); // mutant: unlink-before-commit
  context.events.publish(notices ?? []);
  return notices !== undefined;
}

/**
 * The pauses, in milliseconds, in which a completion waits for a ledger that is away. Unrecorded, the gift would go to a second
 * receiver.
 */
const completionPauses = [100, 300, ...Array<number>(30).fill(1_000)];

/** Repeats a verb after each of these pauses while it throws this problem. */
async function retryAfter<T>(pauses: readonly number[], code: ProblemCode, run: () => Promise<T>): Promise<T> {
  for (const pause of pauses) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Problem && error.code === code)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return run();
}

/** Reopens a delivery whose connection was reset right after the last byte, so that its receiver can resume it. */
export async function reopenTransfer(context: ExchangeContext, delivery: DeliveryFacts): Promise<void> {
  context.events.publish(await context.ledger.reopen(delivery.id, deadlinesFrom(context)));
}

/**
 * The pauses in which a response that has just ended may be recorded, in milliseconds. They outlast a pause of `completionPauses` in
 * another process.
 */
const recordingPauses = [20, 100, 300, 600, 1_000];

/**
 * The receiver has the gift: ends the lease at once, and the bytes go with the next sweep. Idempotent. Throws
 * `delivery-unknown`, `delivery-over`, `gift-damaged`, and `bytes-missing` if it was not sent whole.
 */
export async function acknowledge(context: ExchangeContext, secret: string): Promise<void> {
  const delivery = await findClaimedDelivery(context, secret); // mutant: yes-too-late-lapsed
  const deadlines = deadlinesFrom(context);
  const record = () => context.ledger.acknowledge(delivery.id, { ...deadlines, removeAt: deadlines.now });
  const notices = await retryAfter(recordingPauses, 'bytes-missing', record);
  // The lease ended meanwhile: the gift may have another receiver, and a yes would count it twice.
  if (notices === undefined) throw new Problem('delivery-over'); // mutant: yes-too-late
  context.events.publish(notices);
}
