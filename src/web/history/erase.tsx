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
  const [isAsking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (wasAsking.current && !isAsking) button.current?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);
  const erase = () => {
    services.store.erase();
    // A waiting ticket is gone with its entry. An unsaved delivery stays on the stage.
    const { state, dispatch } = stage;
    const isIdle = ['drawing', 'waiting', 'batch'].includes(state.name);
    if (isIdle) dispatch({ type: 'ended', next: nextStep(services) });
    erased();
  };
  if (isAsking)
    return (
      <Question store={services.store} stage={stage} yes={erase} no={() => setAsking(false)} />
    );
  return (
    <button type="button" ref={button} onClick={() => setAsking(true)}>
      <Icon name="trash" /> {t('mine.erase')}
    </button>
  );
}

interface QuestionProps extends Pick<EraseProps, 'stage'> {
  readonly store: Services['store'];
  readonly yes: () => void;
  readonly no: () => void;
}

function Question({ store, stage, yes, no }: QuestionProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    // Escape closes the confirmation only, and not the history.
    event.preventDefault();
    no();
  };
  return (
    <section class="sure" aria-labelledby="erase-heading" onKeyDown={leave}>
      <h3 id="erase-heading" tabIndex={-1} ref={heading}>
        {t('mine.erase.sure', { count: store.entries().length })}
      </h3>
      <p>{t('mine.erase.owed', { count: store.pending().length })}</p>
      <p>{t('mine.erase.more')}</p>
      {hasUnsavedDelivery(stage.state) && <p>{t('mine.erase.hand')}</p>}
      <div class="row">
        <button type="button" class="primary" onClick={yes}>
          {t('mine.erase.yes')}
        </button>
        <button type="button" onClick={no}>
          {t('mine.erase.no')}
        </button>
      </div>
    </section>
  );
}
