/** The form of a report, loaded when it is opened. */
import { useId, useState } from 'preact/hooks';
import { maxNoteLength, type ReportReason, reportReasons } from '../../contract/vocabulary.ts';
import { useMessages } from '../i18n/message-parts.ts';
import { t } from '../i18n/messages.tsx';

export interface ReportFormProps {
  readonly isSending: boolean;
  readonly error: string | undefined;
  readonly send: (reason: ReportReason | undefined, note: string) => Promise<void>;
}

/** The reasons, a note, and what went wrong with an earlier attempt. */
export function ReportForm({ isSending, error, send }: ReportFormProps) {
  const hasMessages = useMessages('report');
  const [reason, setReason] = useState<ReportReason>();
  const [note, setNote] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void send(reason, note.trim());
  };
  if (!hasMessages) return null;
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
