import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';
import { nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import { Icon } from '../ui/icons.tsx';
import { hasUnsavedDelivery, type Stage } from './resume.ts';

interface EraseProps {
  readonly services: Services;
  readonly stage: Stage;
  readonly erased: () => void;
}

/** Erases the history after a confirmation. */
export function EraseHistory({ services, stage, erased }: EraseProps) {
  const [isConfirming, setConfirming] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasConfirming = useRef(false);
  useEffect(() => {
    if (wasConfirming.current && !isConfirming) button.current?.focus();
    wasConfirming.current = isConfirming;
  }, [isConfirming]);
  const erase = () => {
    services.store.erase();
    // A waiting ticket is gone with its entry. An unsaved delivery stays on the stage.
    const { state, dispatch } = stage;
    const hasNoDelivery = ['drawing', 'waiting', 'batch'].includes(state.name);
    if (hasNoDelivery) dispatch({ type: 'ended', next: nextStep(services) });
    erased();
  };
  if (isConfirming)
    return <Confirmation store={services.store} stage={stage} confirm={erase} cancel={() => setConfirming(false)} />;
  return (
    <button type="button" ref={button} onClick={() => setConfirming(true)}>
      <Icon name="trash" /> {t('mine.erase')}
    </button>
  );
}

interface ConfirmationProps extends Pick<EraseProps, 'stage'> {
  readonly store: Services['store'];
  readonly confirm: () => void;
  readonly cancel: () => void;
}

function Confirmation({ store, stage, confirm, cancel }: ConfirmationProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const cancelOnEscape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    // Escape closes the confirmation only, and not the history.
    event.preventDefault();
    cancel();
  };
  return (
    <section class="sure" aria-labelledby="erase-heading" onKeyDown={cancelOnEscape}>
      <h3 id="erase-heading" tabIndex={-1} ref={heading}>
        {t('mine.erase.sure', { count: store.entries().length })}
      </h3>
      <p>{t('mine.erase.owed', { count: store.pending().length })}</p>
      <p>{t('mine.erase.more')}</p>
      {hasUnsavedDelivery(stage.state) && <p>{t('mine.erase.hand')}</p>}
      <div class="row">
        <button type="button" class="primary" onClick={confirm}>
          {t('mine.erase.yes')}
        </button>
        <button type="button" onClick={cancel}>
          {t('mine.erase.no')}
        </button>
      </div>
    </section>
  );
}
