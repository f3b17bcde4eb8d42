import { isEnd, type Why, whyOf } from '../failures.ts';
import type { Exchange } from '../state/exchange.ts';
import { endOf } from '../state/history.ts';
import type { Tools } from '../state/services.ts';

/** What came of taking a gift back, and whether the exchange is over. */
export interface TakenBack {
  readonly why: Why;
  readonly isOver: boolean;
}

/** Takes a gift back while nobody has drawn it. */
export async function takeBack({ client, keep }: Tools, exchange: Exchange): Promise<TakenBack> {
  const why = await ask(() => client.withdraw(exchange.ticket));
  const isOver = why.code === 'taken-back' || isEnd(why);
  if (isOver) keep.settle({ exchange }, endOf(why));
  return { why, isOver };
}

async function ask(withdraw: () => Promise<void>): Promise<Why> {
  try {
    await withdraw();
    return { code: 'taken-back' };
  } catch (error) {
    const why = whyOf(error);
    return why.code === 'connection' ? { code: 'not-reached' } : why;
  }
}
