import { failureOf } from '../failures.ts';
import { failureSentence } from '../i18n/messages.tsx';

/** Why what we said about a parcel did not go through; `over` is what to say when the parcel is past. */
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
