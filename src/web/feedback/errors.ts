import { whyOf } from '../failures.ts';
import { sentenceOf } from '../i18n/messages.tsx';

/** Why what we said about a parcel did not go through; `over` is what to say when the parcel is past. */
export function whyNotSaid(error: unknown, over: string): string {
  const why = whyOf(error);
  switch (why.code) {
    case 'connection':
      return sentenceOf({ code: 'not-reached' });
    case 'delivery-unknown':
    case 'delivery-over':
    case 'gift-damaged':
      return over;
    default:
      return sentenceOf(why);
  }
}
