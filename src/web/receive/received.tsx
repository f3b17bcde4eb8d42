import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Report } from '../feedback/report.tsx';
import { ThanksForm } from '../feedback/thank.tsx';
import { t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import { useUnwrapping } from '../scene/unwrap-animation.ts';
import type { ArrivedState, Dispatch } from '../state/exchange.ts';
import { pendingIn } from '../state/exchange.ts';
import { nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import { Icon } from '../ui/icons.tsx';
import { RemovalReceipt } from '../ui/removal-receipt.tsx';
import { FileCard, Proof } from './file-card.tsx';

interface ArrivedProps {
  readonly state: ArrivedState;
  readonly services: Services;
  readonly dispatch: Dispatch;
}

/** Unwraps the parcel, then shows the file. */
export function Received({ state, services, dispatch }: ArrivedProps) {
  const { parcel, isSaved } = state;
  const step = useUnwrapping();
  const isOpen = step === 'unwrapped';
  const heading = useFocusOnceOpen(isOpen);
  usePose({ stage: isSaved ? 'kept' : step, icon: parcel.kind });
  return (
    <>
      <h2 class="came" ref={heading} tabIndex={-1} data-focus>
        {t('arrived')} <span class="soft">{t('arrived.more')}</span>
      </h2>
      <div class="wrapping">
        {/* The button needs no handler: a click or key anywhere unwraps the parcel. */}
        {!isOpen && (
          <button type="button" class="link">
            {t('arrived.unwrap')}
          </button>
        )}
        {/* Rendered from the start: it reserves its space, and the preview loads during the animation. */}
        <div class={isOpen ? 'wrapped is-open' : 'wrapped'}>
          <FileCard state={state} store={services.store} />
          <Actions state={state} services={services} dispatch={dispatch} />
          <p class="quiet">{isSaved ? t('saved') : t('unsaved')}</p>
          <Proof state={state} />
          <RemovalReceipt removed={state.exchange?.removed} />
          <ThanksForm parcel={parcel} services={services} />
          <Report parcel={parcel} services={services} />
        </div>
      </div>
    </>
  );
}

/** Scrolls the sheet to its top and moves the focus to its heading, unless the focus is elsewhere on the page. */
function useFocusOnceOpen(isOpen: boolean) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wasOpen = useRef(isOpen);
  useLayoutEffect(() => {
    if (wasOpen.current || !isOpen) return;
    wasOpen.current = true;
    const { activeElement, body } = document;
    const isElsewhere = activeElement !== body && !activeElement?.closest('.sheet');
    if (isElsewhere) return;
    heading.current?.focus({ preventScroll: true });
    heading.current?.closest('.sheet')?.scrollIntoView();
  }, [isOpen]);
  return heading;
}

/** Saving, and leaving for the next step. */
function Actions({ state, services, dispatch }: ArrivedProps) {
  const { parcel, bytes, isSaved } = state;
  const link = useBlobLink(bytes);
  const settle = () => {
    const pending = pendingIn(state);
    if (pending) services.store.markEnded(pending, 'received');
    // Only releases the service's copy sooner; the delivery is complete without it.
    services.client.received(parcel).catch(() => undefined);
  };
  const save = () => {
    if (!isSaved) settle();
    dispatch({ type: 'saved' });
  };
  const goOn = () => {
    if (!isSaved) settle();
    dispatch({ type: 'ended', next: nextStep(services) });
  };
  return (
    <div class="actions">
      <a class={isSaved ? 'button' : 'button primary'} href={link} download={parcel.name} onClick={save}>
        <Icon name="save" /> {isSaved ? t('save.again') : t('save')}
      </a>
      <button type="button" class={isSaved ? 'primary' : undefined} onClick={goOn}>
        {isSaved ? t('giveAnother') : t('letGo')}
      </button>
    </div>
  );
}

function useBlobLink(bytes: Blob): string {
  const [link, setLink] = useState('');
  useLayoutEffect(() => {
    const address = URL.createObjectURL(bytes);
    setLink(address);
    return () => URL.revokeObjectURL(address);
  }, [bytes]);
  return link;
}
