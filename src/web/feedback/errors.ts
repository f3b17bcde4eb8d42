import { requestFailureOf } from '../failures.ts';
import { failureSentence } from '../i18n/messages.tsx';

/** The sentence for failed thanks or a failed report; `over` is the one for a delivery that has ended. */
export function feedbackError(error: unknown, over: string): string {
  const failure = requestFailureOf(error);
  switch (failure.code) {
    case 'delivery-unknown':
    case 'delivery-over':
    case 'gift-damaged':
      return over;
    default:
      return failureSentence(failure);
  }
}
