import { useEffect, useRef, useState } from 'preact/hooks';
import type { ReportReason } from '../../contract/vocabulary.ts';
import { t } from '../i18n/messages.tsx';
import type { Parcel } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';
import { useEntryOf, useOpenedOnce } from '../state/use-history.ts';
import { Icon } from '../ui/icons.tsx';
import { lazyPart, useLoaded } from '../ui/use-loaded.ts';
import { feedbackError } from './errors.ts';
import type { ReportFormProps } from './report-form.tsx';

interface ReportProps {
  readonly parcel: Parcel;
  readonly services: Services;
}

/** Reports a delivery to the operator. */
export function Report({ parcel, services }: ReportProps) {
  const { isReported, isFresh, ...form } = useReport(parcel, services);
  const { isOpened, onToggle } = useOpenedOnce();
  if (isReported) return <Reported isFresh={isFresh} />;
  return (
    <details class="report" onToggle={onToggle}>
      <summary>
        <Icon name="flag" /> {t('report')}
      </summary>
      {isOpened && <LoadedForm {...form} />}
    </details>
  );
}

const reportForm = lazyPart(async () => (await import('./report-form.tsx')).ReportForm);

function LoadedForm(props: ReportFormProps) {
  const Form = useLoaded(reportForm);
  return Form ? <Form {...props} /> : null;
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
