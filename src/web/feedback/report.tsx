import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { maxNoteLength, type ReportReason, reportReasons } from '../../contract/vocabulary.ts';
import { t } from '../i18n/messages.tsx';
import type { Parcel } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';
import { useEntryOf, useOpenedOnce } from '../state/use-history.ts';
import { Icon } from '../ui/icons.tsx';
import { feedbackError } from './errors.ts';

interface ReportProps {
  readonly parcel: Parcel;
  readonly services: Services;
}

/** Reports a delivery to the operator. */
export function ReportForm({ parcel, services }: ReportProps) {
  const { isReported, isFresh, ...form } = useReport(parcel, services);
  const { isOpened, onToggle } = useOpenedOnce();
  if (isReported) return <Reported isFresh={isFresh} />;
  return (
    <details class="report" onToggle={onToggle}>
      <summary>
        <Icon name="flag" /> {t('report')}
      </summary>
      {isOpened && <Form {...form} />}
    </details>
  );
}

/** Replaces the form after a report, and takes the focus from it. */
function Reported({ isFresh }: { readonly isFresh: boolean }) {
  const words = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isFresh) words.current?.focus();
  }, [isFresh]);
  return (
    <p class="reported" tabIndex={-1} ref={words}>
      <Icon name="flag" /> {t('report.sent')}
    </p>
  );
}

interface FormProps {
  readonly isSending: boolean;
  readonly error: string | undefined;
  readonly send: (reason: ReportReason | undefined, note: string) => Promise<void>;
}

function Form({ isSending, error, send }: FormProps) {
  const [reason, setReason] = useState<ReportReason>();
  const [note, setNote] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void send(reason, note.trim());
  };
  return (
    <form onSubmit={submit} noValidate aria-busy={isSending}>
      <p class="quiet">{t('report.about')}</p>
      <Reasons chosen={reason} choose={setReason} />
      <Note note={note} write={setNote} />
      {error && (
        <p class="notice" role="alert">
          {error}
        </p>
      )}
      <button type="submit">{isSending ? t('report.sending') : t('report.send')}</button>
    </form>
  );
}

interface ReasonsProps {
  readonly chosen: ReportReason | undefined;
  readonly choose: (reason: ReportReason) => void;
}

function Reasons({ chosen, choose }: ReasonsProps) {
  const group = useId();
  return (
    <fieldset>
      <legend>{t('report.reason')}</legend>
      {reportReasons.map((reason) => (
        <label key={reason} class="reason">
          <input type="radio" name={group} value={reason} checked={chosen === reason} onChange={() => choose(reason)} />
          {t(`report.${reason}`)}
        </label>
      ))}
    </fieldset>
  );
}

interface NoteProps {
  readonly note: string;
  readonly write: (note: string) => void;
}

function Note({ note, write }: NoteProps) {
  const id = useId();
  return (
    <div class="note">
      <label for={id}>{t('report.note')}</label>
      <textarea
        dir="auto"
        id={id}
        rows={4}
        maxLength={maxNoteLength}
        aria-describedby={`${id}-left`}
        value={note}
        onInput={({ currentTarget }) => write(currentTarget.value)}
      />
      <p class="quiet" id={`${id}-left`}>
        {t('report.left', { left: maxNoteLength - note.length })}
      </p>
    </div>
  );
}

function useReport(parcel: Parcel, { client, store }: Services) {
  const entry = useEntryOf(parcel, store);
  // Without an entry in the history the component itself remembers the report.
  const [isFresh, setFresh] = useState(false);
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<string>();
  const send = async (reason: ReportReason | undefined, note: string) => {
    if (isSending) return;
    if (!reason) return setError(t('report.choose'));
    setSending(true);
    setError(undefined);
    try {
      await client.report(parcel, { reason, ...(note === '' ? {} : { note }) });
      setFresh(true);
      if (entry) store.update(entry.key, { reported: true });
    } catch (error) {
      setError(feedbackError(error, t('report.over')));
    }
    setSending(false);
  };
  return { isReported: isFresh || entry?.reported === true, isFresh, isSending, error, send };
}
