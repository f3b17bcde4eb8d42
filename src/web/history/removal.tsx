/** Why a gift was removed, and one appeal against it. Loaded when a giver asks. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { maxNoteLength } from '../../contract/vocabulary.ts';
import { type Failure, requestFailureOf } from '../failures.ts';
import { formatDateTime } from '../i18n/format.ts';
import { useMessages } from '../i18n/message-parts.ts';
import { failureSentence, t } from '../i18n/messages.tsx';
import type { Exchange } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';

export interface RemovalProps {
  readonly exchange: Exchange;
  readonly services: Services;
  /** How often the reasons were opened. */
  readonly openings: number;
  /** Called when the list is closed and the file is back. */
  readonly restored: (status: TicketStatus) => void;
}

type Statement = NonNullable<TicketStatus['statement']>;

/** The statement of reasons at the ticket, read anew at each opening. An appeal that is being written stays. */
export function Removal({ exchange: { ticket }, services: { client }, openings, restored }: RemovalProps) {
  const hasMessages = useMessages('removal');
  const [status, setStatus] = useState<TicketStatus>();
  const [failure, setFailure] = useState<Failure>();
  const run = async (request: () => Promise<TicketStatus>) => {
    setFailure(undefined);
    try {
      setStatus(await request());
    } catch (error) {
      setFailure(requestFailureOf(error));
    }
  };
  useEffect(() => void run(() => client.ticket(ticket)), [ticket, openings]);
  // Not at once: the entry of a file that is back has no reasons any more.
  useEffect(
    () => () => {
      if (status?.statement?.state === 'restored') restored(status);
    },
    [status],
  );
  if (!hasMessages) return null;
  return (
    <>
      {status && <Reasons statement={status.statement} />}
      {status?.statement?.appeal_until && !status.statement.appeal && (
        <AppealForm until={status.statement.appeal_until} send={(text) => run(() => client.appeal(ticket, text))} />
      )}
      {failure && (
        <p class="notice" role="alert">
          {failureSentence(failure)}
        </p>
      )}
    </>
  );
}

/** Takes the focus after an appeal, whose form is gone then. */
function Reasons({ statement }: { readonly statement: Statement | undefined }) {
  const words = useRef<HTMLParagraphElement>(null);
  const appeal = statement?.appeal;
  useEffect(() => void (appeal && words.current?.focus()), [appeal]);
  return (
    <>
      <p tabIndex={-1} ref={words}>
        {reasonSentence(statement)}
      </p>
      {statement?.rule && (
        <p>
          {t('removal.rule')} <bdi>{statement.rule}</bdi>
        </p>
      )}
      {appeal && <p>{t(`removal.appeal.${appeal}`)}</p>}
    </>
  );
}

function reasonSentence(statement: Statement | undefined): string {
  if (!statement) return t('removal.unknown');
  if (statement.state !== 'removed') return t(`removal.${statement.state}`);
  return t('removal.removed', { ground: statement.ground ?? 'other', by: statement.decided_by ?? 'person' });
}

interface AppealFormProps {
  readonly until: string;
  readonly send: (text: string) => Promise<void>;
}

function AppealForm({ until, send }: AppealFormProps) {
  const id = useId();
  const [text, setText] = useState('');
  const [isSending, setSending] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isSending || text.trim() === '') return;
    setSending(true);
    await send(text.trim());
    setSending(false);
  };
  return (
    <form onSubmit={submit} aria-busy={isSending}>
      <label for={id}>{t('removal.appeal', { time: formatDateTime(until) })}</label>
      <textarea
        dir="auto"
        id={id}
        rows={4}
        required
        maxLength={maxNoteLength}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <button type="submit">{isSending ? t('removal.sending') : t('removal.send')}</button>
    </form>
  );
}
