import { useEffect, useRef, useState } from 'preact/hooks';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { type Failure, requestFailureOf } from '../failures.ts';
import { formatDateTime } from '../i18n/format.ts';
import { failureSentence, t } from '../i18n/messages.tsx';
import type { Exchange } from '../state/exchange.ts';
import { daysOf, lives } from '../state/give-options.ts';
import type { Services } from '../state/services.ts';
import { useOpenedOnce } from '../state/use-history.ts';
import { endOfWaiting, saveTicketStatus } from './refresh.ts';

interface ShortenProps {
  readonly exchange: Exchange;
  /** When ticket or gift end now, as an ISO 8601 time; undefined if it is not known. */
  readonly endsAt: string | undefined;
  readonly services: Services;
  /** Called with the ticket as it is after the change. */
  readonly heard?: (status: TicketStatus) => void;
}

type Outcome = { readonly endsAt: string | undefined } | { readonly failure: Failure };

/** Shortens the life of a gift that waits. A life that would be longer is not offered: the service keeps the shorter one. */
export function ShortenLife({ exchange, endsAt, services: { client, store }, heard }: ShortenProps) {
  const { isOpened, onToggle } = useOpenedOnce();
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const words = useRef<HTMLParagraphElement>(null);
  // The button that was pressed may be gone, as its life is no longer shorter.
  useEffect(() => words.current?.focus(), [outcome]);
  const shorten = async (life: string) => {
    setBusy(true);
    try {
      const status = await client.shorten(exchange.ticket, life);
      saveTicketStatus(store, exchange.ticket, status);
      heard?.(status);
      setOutcome({ endsAt: endOfWaiting(status) });
    } catch (error) {
      setOutcome({ failure: requestFailureOf(error) });
    }
    setBusy(false);
  };
  const left = endsAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endsAt) - Date.now();
  const shorter = lives.filter((life) => daysOf(life) * 86_400_000 < left);
  if (shorter.length === 0 && !outcome) return null;
  return (
    <details class="shorten" onToggle={onToggle}>
      <summary>{t('shorten')}</summary>
      {isOpened && shorter.length > 0 && <p>{t('shorten.about')}</p>}
      {isOpened && (
        <div class="row">
          {shorter.map((life) => (
            <button
              key={life}
              type="button"
              aria-disabled={isBusy}
              onClick={() => {
                if (!isBusy) void shorten(life);
              }}
            >
              {t('life.days', { days: daysOf(life) })}
            </button>
          ))}
        </div>
      )}
      {outcome && (
        <p class={'failure' in outcome ? 'notice' : 'quiet'} tabIndex={-1} ref={words}>
          {outcomeSentence(outcome)}
        </p>
      )}
    </details>
  );
}

function outcomeSentence(outcome: Outcome): string {
  if ('failure' in outcome) return failureSentence(outcome.failure);
  return outcome.endsAt === undefined ? '' : t('shorten.done', { time: formatDateTime(outcome.endsAt) });
}
