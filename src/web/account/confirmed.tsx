import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';

interface ConfirmedProps {
  readonly label: string;
  readonly question: string;
  readonly confirm: () => Promise<unknown>;
  /** Looks like a link. */
  readonly isQuiet?: boolean;
}

/** A button that asks before it acts. */
export function Confirmed({ label, question, confirm, isQuiet }: ConfirmedProps) {
  const [isAsking, setAsking] = useState(false);
  const words = useRef<HTMLParagraphElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (isAsking) words.current?.focus();
    else if (wasAsking.current) button.current?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);
  const answer = async (isYes: boolean) => {
    setAsking(false);
    if (isYes) await confirm();
  };
  if (!isAsking)
    return (
      <button type="button" class={isQuiet ? 'link' : ''} ref={button} onClick={() => setAsking(true)}>
        {label}
      </button>
    );
  return (
    <div class="sure">
      <p tabIndex={-1} ref={words}>
        {question}
      </p>
      <div class="row">
        <button type="button" class="primary" onClick={() => void answer(true)}>
          {t('account.yes')}
        </button>
        <button type="button" onClick={() => void answer(false)}>
          {t('account.no')}
        </button>
      </div>
    </div>
  );
}
