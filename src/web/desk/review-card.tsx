/** All that is known about a reported file, and the decisions about it. No byte of the file is loaded. */
import { useId, useRef, useState } from 'preact/hooks';
import type { Review, WholeReview } from '../../contract/api/desk-schemas.ts';
import type { Decision, DeskClient } from '../../contract/desk-client.ts';
import { reportReasons } from '../../contract/vocabulary.ts';
import { Facts } from './facts.tsx';

interface ReviewCardProps {
  readonly review: Review;
  readonly client: DeskClient;
}

export function ReviewCard({ review: listed, client }: ReviewCardProps) {
  const id = useId();
  const card = useRef<HTMLElement>(null);
  const [review, setReview] = useState<Review | WholeReview>(listed);
  const [rule, setRule] = useState('');
  const [failure, setFailure] = useState('');
  const run = async (request: () => Promise<WholeReview>) => {
    setFailure('');
    try {
      setReview(await request());
    } catch (error) {
      setFailure((error as Error).message);
    }
  };
  const decide = (decision: Decision) => {
    // The button of the decision may be gone then.
    card.current?.focus();
    return run(() => client.decide(review.sha256, decision));
  };
  const decisions = decisionsWith(rule);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const decision = decisions.find(({ key }) => key === event.key)?.decision;
    if (decision) void decide(decision);
    if (event.key === 'j') focusOn(card.current?.nextElementSibling);
    if (event.key === 'k') focusOn(card.current?.previousElementSibling);
  };
  const onFocus = () => {
    if (!('gifts' in review)) void run(() => client.review(review.sha256));
  };
  return (
    <article ref={card} tabIndex={-1} aria-labelledby={id} onKeyDown={onKeyDown} onFocusIn={onFocus}>
      <h2 id={id}>
        <bdi>{review.reports[0]?.name ?? 'A file that was not reported'}</bdi>
      </h2>
      <Facts review={review} />
      <label>
        Rule that the giver is told
        <input value={rule} maxLength={200} onInput={({ currentTarget }) => setRule(currentTarget.value)} />
      </label>
      <p class="actions">
        {decisions.map(({ key, words, decision }) => (
          <button key={key} type="button" onClick={() => decide(decision)}>
            {words} <kbd>{key}</kbd>
          </button>
        ))}
      </p>
      {failure && (
        <p class="notice" role="alert">
          {failure}
        </p>
      )}
    </article>
  );
}

/** Each decision with its key. */
const decisionsWith = (rule: string): readonly { key: string; words: string; decision: Decision }[] => [
  { key: 'a', words: 'Approve', decision: { action: 'approve' } },
  ...reportReasons.map((ground, index) => ({
    key: String(index + 1),
    words: `Remove: ${ground}`,
    decision: { action: 'remove' as const, ground, ...(rule.trim() === '' ? {} : { rule: rule.trim() }) },
  })),
  { key: 'u', words: 'Undo', decision: { action: 'undo' } },
];

function focusOn(element: Element | null | undefined): void {
  if (element instanceof HTMLElement && element.tagName === 'ARTICLE') element.focus();
}
