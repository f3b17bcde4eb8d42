import { failureOf } from '../failures.ts';
import { failureSentence } from '../i18n/messages.tsx';

/** The sentence for failed thanks or a failed report; `over` is the one for a delivery that has ended. */
export function feedbackError(error: unknown, over: string): string {
  const failure = failureOf(error);
  switch (failure.code) {
    case 'connection':
      return failureSentence({ code: 'not-reached' });
    case 'delivery-unknown':
    case 'delivery-over':
    case 'gift-damaged':
      return over;
    default:
      return failureSentence(failure);
  }
}
