import type { ComponentChildren, VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import { type Thanks, thanks } from '../../contract/vocabulary.ts';
import { rich, t, type WordKey } from '../i18n/messages.tsx';
import type { Parcel } from '../state/exchange.ts';
import type { Tools } from '../state/services.ts';
import { useEntryOf } from '../state/use-history.ts';
import { whyNotSaid } from './errors.ts';

const wordKeys = {
  '❤️': 'thank.heart',
  '😄': 'thank.laughing',
  '😮': 'thank.amazed',
  '🎉': 'thank.party',
  '🙏': 'thank.grateful',
  '🌈': 'thank.rainbow',
} as const satisfies Record<Thanks, WordKey>;

/** A sentence with a sign of thanks in it: the emoji for the eye, its word for everybody. */
export const withSign = (
  key: 'thank.sent' | 'mine.thanks' | 'mine.thanked',
  emoji: Thanks,
): ComponentChildren =>
  rich(key, { word: t(wordKeys[emoji]), sign: (word) => <Sign emoji={emoji}>{word}</Sign> });

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
  readonly tools: Tools;
}

/** One emoji for whoever gave a parcel; a later one takes its place. */
export function Thank({ parcel, tools }: ThankProps) {
  const { sent, isSending, fault, send } = useThanks(parcel, tools);
  const label = useId();
  return (
    <fieldset class="thank" aria-labelledby={label} aria-busy={isSending}>
      <p id={label} aria-live="polite">
        {sent ? withSign('thank.sent', sent) : t('thank')}
      </p>
      <div class="signs">
        {thanks.map((emoji) => (
          <button
            key={emoji}
            type="button"
            aria-pressed={sent === emoji}
            onClick={() => void send(emoji)}
          >
            <Sign emoji={emoji}>{t(wordKeys[emoji])}</Sign>
          </button>
        ))}
      </div>
      {fault && (
        <p class="notice" role="alert">
          {fault}
        </p>
      )}
    </fieldset>
  );
}

function useThanks(parcel: Parcel, { client, keep }: Tools) {
  const entry = useEntryOf(parcel, keep);
  // Of a parcel whose entry was erased only this page knows.
  const [last, setLast] = useState<Thanks>();
  const [isSending, setSending] = useState(false);
  const [fault, setFault] = useState<string>();
  const send = async (emoji: Thanks) => {
    if (isSending) return;
    setSending(true);
    setFault(undefined);
    try {
      await client.thank(parcel, emoji);
      setLast(emoji);
      if (entry) keep.note(entry.key, { thanked: emoji });
    } catch (error) {
      setFault(whyNotSaid(error, t('thank.over')));
    }
    setSending(false);
  };
  return { sent: entry?.thanked ?? last, isSending, fault, send };
}
