/** From the facts of reviews to the JSON of the contract. */
import type { Review, WholeReview } from '../../../contract/api/desk-schemas.ts';
import type { ReviewFacts, ReviewFile } from '../../../exchange/ports.ts';
import { instant } from '../../response/serializers.ts';

const named = <N extends string>(name: N, time: number | null) =>
  (time === null ? {} : { [name]: instant(time) }) as Partial<Record<N, string>>;

export function reviewAnswer(review: ReviewFacts): Review {
  const { id, sha256, state, decidedBy, ground, rule, reports } = review;
  return {
    id,
    sha256,
    state,
    opened_at: instant(review.openedAt),
    ...named('decided_at', review.decidedAt),
    ...(decidedBy === null ? {} : { decided_by: decidedBy }),
    ...(ground === null ? {} : { ground }),
    ...(rule === null ? {} : { rule }),
    ...named('appeal_until', review.appealUntil),
    ...named('retain_until', review.retainUntil),
    reports: reports.map(({ reason, note, state, at, party, key, name, kind, mimeType, size, giver }) => ({
      reason,
      ...(note === null ? {} : { note }),
      state,
      reported_at: instant(at),
      ...(party === null ? {} : { party }),
      key,
      name,
      kind,
      mime_type: mimeType,
      size,
      giver,
    })),
  };
}

export const wholeReviewAnswer = (review: ReviewFile): WholeReview => ({
  ...reviewAnswer(review),
  appeals: review.appeals.map(({ text, state, at }) => ({ text, state, appealed_at: instant(at) })),
  gifts: review.gifts.map(({ key, giver, state, givenAt, bytesUntil, isWithheld }) => ({
    key,
    giver,
    state,
    given_at: instant(givenAt),
    // Those that wait for a decision have no end.
    ...(bytesUntil === null || bytesUntil > maxShownTime ? {} : { bytes_until: instant(bytesUntil) }),
    withheld: isWithheld,
  })),
});

/** The beginning of the year 9000. */
const maxShownTime = Date.UTC(9000, 0, 1);
