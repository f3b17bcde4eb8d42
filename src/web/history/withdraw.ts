import { endsTicket, type Failure, requestFailureOf } from '../failures.ts';
import type { Exchange } from '../state/exchange.ts';
import { endOf } from '../state/history.ts';
import type { Services } from '../state/services.ts';

/** The outcome as a failure code, and whether the exchange is over. */
interface WithdrawResult {
  readonly failure: Failure;
  readonly isOver: boolean;
}

/** Withdraws a gift before a receiver has drawn it. */
export async function withdrawGift({ client, store }: Services, exchange: Exchange): Promise<WithdrawResult> {
  const failure = await tryWithdraw(() => client.withdraw(exchange.ticket));
  const isOver = failure.code === 'taken-back' || endsTicket(failure);
  if (isOver) store.markEnded({ exchange }, endOf(failure));
  return { failure, isOver };
}

async function tryWithdraw(withdraw: () => Promise<void>): Promise<Failure> {
  try {
    await withdraw();
    return { code: 'taken-back' };
  } catch (error) {
    return requestFailureOf(error);
  }
}
