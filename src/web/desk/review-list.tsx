/** The reviews in one state, oldest first, a page at a time. */
import { useEffect, useId, useState } from 'preact/hooks';
import type { Review } from '../../contract/api/desk-schemas.ts';
import type { DeskClient } from '../../contract/desk-client.ts';
import { ReviewCard } from './review-card.tsx';

type ReviewState = Review['state'];

/** In the order of urgency. */
const words: Readonly<Record<ReviewState, string>> = {
  appealed: 'Appealed: removed, and the giver asks again',
  withheld: 'Withheld: reported by three parties',
  open: 'Reported',
  approved: 'Approved',
  removed: 'Removed',
};

const order = Object.keys(words) as ReviewState[];

export function ReviewList({ client }: { readonly client: DeskClient }) {
  const id = useId();
  const [state, setState] = useState<ReviewState>('appealed');
  const [reviews, setReviews] = useState<readonly Review[]>();
  const [next, setNext] = useState<number>();
  const [failure, setFailure] = useState('');
  const load = async (wanted: ReviewState, after?: number) => {
    setFailure('');
    try {
      const page = await client.reviews(wanted, after);
      setState(wanted);
      setReviews(page.reviews);
      setNext(page.next);
    } catch (error) {
      setFailure((error as Error).message);
    }
  };
  useEffect(() => void load(state), []);
  return (
    <>
      <label for={id}>Files</label>
      <select id={id} value={state} onChange={({ currentTarget }) => load(currentTarget.value as ReviewState)}>
        {order.map((one) => (
          <option key={one} value={one}>
            {words[one]}
          </option>
        ))}
      </select>
      <button type="button" onClick={() => load(state)}>
        Look again
      </button>
      <p role="status">{reviews && (reviews.length === 0 ? 'No files.' : `${reviews.length} files, oldest first.`)}</p>
      <p>
        Keys while the focus is on a file: <kbd>a</kbd> approves, <kbd>1</kbd> to <kbd>5</kbd> remove, <kbd>u</kbd>{' '}
        takes the last decision back, <kbd>j</kbd> and <kbd>k</kbd> go to the next file and back.
      </p>
      {failure && (
        <p class="notice" role="alert">
          {failure}
        </p>
      )}
      {reviews?.map((review) => (
        <ReviewCard key={`${state} ${review.sha256}`} review={review} client={client} />
      ))}
      {next !== undefined && (
        <button type="button" onClick={() => load(state, next)}>
          More
        </button>
      )}
    </>
  );
}
