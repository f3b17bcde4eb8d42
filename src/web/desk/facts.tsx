/** The facts of a review: state, hash, reports, appeals and gifts. */
import type { Review, WholeReview } from '../../contract/api/desk-schemas.ts';

const time = (instant: string) => <time dateTime={instant}>{new Date(instant).toLocaleString('en')}</time>;

export function Facts({ review }: { readonly review: Review | WholeReview }) {
  const [newest] = review.reports;
  return (
    <>
      <p role="status">
        <strong>{review.state}</strong>
        {review.decided_at && (
          <>
            {' '}
            by {review.decided_by === 'automatic' ? 'the rule of three parties' : 'a person'}, {time(review.decided_at)}
            {review.ground && `, as ${review.ground}`}
          </>
        )}
      </p>
      {review.rule && (
        <p>
          The giver is told: <bdi>{review.rule}</bdi>
        </p>
      )}
      <dl>
        <dt>SHA-256</dt>
        <dd class="hash">{review.sha256}</dd>
        {newest && (
          <>
            <dt>Type</dt>
            <dd>
              {newest.mime_type}, {newest.size} bytes
            </dd>
            <dt>Giver</dt>
            <dd class="hash">{newest.giver}</dd>
          </>
        )}
      </dl>
      <Appeals review={review} />
      <ul aria-label="Reports">
        {review.reports.map(({ key, reason, note, reported_at, state }) => (
          <li key={`${key} ${reported_at}`}>
            {reason}, {time(reported_at)}, {state}
            {note && (
              <blockquote>
                <bdi>{note}</bdi>
              </blockquote>
            )}
          </li>
        ))}
      </ul>
      {'gifts' in review && (
        <ul aria-label="Gifts with these bytes">
          {review.gifts.map(({ key, state, given_at, bytes_until, withheld }) => (
            <li key={key}>
              {withheld ? 'withheld' : state}, given {time(given_at)}
              {bytes_until && <>, kept until {time(bytes_until)}</>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Appeals({ review }: { readonly review: Review | WholeReview }) {
  if (!('appeals' in review) || review.appeals.length === 0) return null;
  return (
    <ul aria-label="Appeals">
      {review.appeals.map(({ text, state, appealed_at }) => (
        <li key={appealed_at}>
          Appeal, {state}, {time(appealed_at)}
          <blockquote>
            <bdi>{text}</bdi>
          </blockquote>
        </li>
      ))}
    </ul>
  );
}
