import type { ComponentChildren, VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import { type Thanks, thanks } from '../../contract/vocabulary.ts';
import { type MessageKey, richText, t } from '../i18n/messages.tsx';
import type { Parcel } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';
import { useEntryOf } from '../state/use-history.ts';
import { feedbackError } from './errors.ts';

const wordOf = {
  '❤️': 'thank.heart',
  '😄': 'thank.laughing',
  '😮': 'thank.amazed',
  '🎉': 'thank.party',
  '🙏': 'thank.grateful',
  '🌈': 'thank.rainbow',
} as const satisfies Record<Thanks, MessageKey>;

/** A sentence with an emoji for the eye and its word for screen readers. */
export const thanksSentence = (key: 'thank.sent' | 'mine.thanks' | 'mine.thanked', emoji: Thanks): ComponentChildren =>
  richText(key, { word: t(wordOf[emoji]), sign: (word) => <Sign emoji={emoji}>{word}</Sign> });

function Sign({ emoji, children }: { emoji: Thanks; children: ComponentChildren }): VNode {
  return (
    <span class="sign">
      <span class="emoji" aria-hidden="true">
        {emoji}
      </span>{' '}
      {children}
    </span>
  );
}

interface ThankProps {
  readonly parcel: Parcel;
  readonly services: Services;
}

/** Sends one emoji to the giver of a delivery; a later one replaces it. */
export function ThanksForm({ parcel, services }: ThankProps) {
  const { sent, isSending, error, send } = useThanks(parcel, services);
  const label = useId();
  return (
    <fieldset class="thank" aria-labelledby={label} aria-busy={isSending}>
      <p id={label} aria-live="polite">
        {sent ? thanksSentence('thank.sent', sent) : t('thank')}
      </p>
      <div class="signs">
        {thanks.map((emoji) => (
          <button key={emoji} type="button" aria-pressed={sent === emoji} onClick={() => void send(emoji)}>
            <Sign emoji={emoji}>{t(wordOf[emoji])}</Sign>
          </button>
        ))}
      </div>
      {error && (
        <p class="notice" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function useThanks(parcel: Parcel, { client, store }: Services) {
  const entry = useEntryOf(parcel, store);
  // Without an entry in the history the component itself remembers the emoji.
  const [last, setLast] = useState<Thanks>();
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<string>();
  const send = async (emoji: Thanks) => {
    if (isSending) return;
    setSending(true);
    setError(undefined);
    try {
      await client.thank(parcel, emoji);
      setLast(emoji);
      if (entry) store.update(entry.key, { thanked: emoji });
    } catch (error) {
      setError(feedbackError(error, t('thank.over')));
    }
    setSending(false);
  };
  return { sent: entry?.thanked ?? last, isSending, error, send };
}
