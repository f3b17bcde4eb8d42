import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Report } from '../feedback/report.tsx';
import { ThanksForm } from '../feedback/thank.tsx';
import { t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import { useUnwrapping } from '../scene/unwrap-animation.ts';
import type { ArrivedState, Dispatch } from '../state/exchange.ts';
import { pendingIn } from '../state/exchange.ts';
import { hasOtherPending, nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import { Icon } from '../ui/icons.tsx';
import { RemovalReceipt } from '../ui/removal-receipt.tsx';
import { FileCard, Proof } from './file-card.tsx';

interface ArrivedProps {
  readonly state: ArrivedState;
  readonly services: Services;
  readonly dispatch: Dispatch;
}

/** The delivery, or the way back if it was thrown away. */
export function Received(props: ArrivedProps) {
  const [isThrown, setThrown] = useState(false);
  return isThrown ? (
    <ThrownAway {...props} undo={() => setThrown(false)} />
  ) : (
    <Unwrapping {...props} throwAway={() => setThrown(true)} />
  );
}

/** Unwraps the parcel, then shows the file. */
function Unwrapping({ state, services, dispatch, throwAway }: ArrivedProps & { readonly throwAway: () => void }) {
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
          <Actions {...{ state, services, dispatch, throwAway }} />
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

/** Ends the exchange in the list, and tells the service. */
function settle(state: ArrivedState, { store, client }: Services): void {
  const pending = pendingIn(state);
  if (pending) store.markEnded(pending, 'received');
  // Only releases the service's copy sooner; the delivery is complete without it.
  client.received(state.parcel).catch(() => undefined);
}

/** Says where leaving leads: to other parcels of this browser, or to another gift. */
const leaveText = (state: ArrivedState, services: Services) =>
  hasOtherPending(state, services) ? t('nextParcel') : t('giveAnother');

/** Saving, and leaving for the next step. */
function Actions({ state, services, dispatch, throwAway }: ArrivedProps & { readonly throwAway: () => void }) {
  const { parcel, bytes, isSaved } = state;
  const link = useBlobLink(bytes);
  const save = () => {
    if (!isSaved) settle(state, services);
    dispatch({ type: 'saved' });
  };
  return (
    <div class="actions">
      <a class={isSaved ? 'button' : 'button primary'} href={link} download={parcel.name} onClick={save}>
        <Icon name="save" /> {isSaved ? t('save.again') : t('save')}
      </a>
      {isSaved ? (
        <button type="button" class="primary" onClick={() => dispatch({ type: 'ended', next: nextStep(services) })}>
          {leaveText(state, services)}
        </button>
      ) : (
        <button type="button" onClick={throwAway}>
          {t('letGo')}
        </button>
      )}
    </div>
  );
}

/** Seconds in which a file that was thrown away can be taken back. */
const undoSeconds = 10;

/** Nothing is deleted before the time is over, or the page is left. */
function ThrownAway({ state, services, dispatch, undo }: ArrivedProps & { readonly undo: () => void }) {
  const finish = () => {
    settle(state, services);
    dispatch({ type: 'ended', next: nextStep(services) });
  };
  usePose({ stage: 'kept', icon: state.parcel.kind });
  useEffect(() => {
    const timer = setTimeout(finish, undoSeconds * 1000);
    // A reload would bring the file back, and leaving the page would leave it on the counter.
    const leave = () => settle(state, services);
    addEventListener('pagehide', leave);
    return () => {
      clearTimeout(timer);
      removeEventListener('pagehide', leave);
    };
  }, []);
  return (
    <>
      <h2 class="came">{t('thrown')}</h2>
      <p class="quiet" role="alert">
        {t('thrown.more', { seconds: undoSeconds })}
      </p>
      <div class="actions">
        <button type="button" class="primary" ref={focusFirst} onClick={undo}>
          <Icon name="undo" /> {t('thrown.undo')}
        </button>
        <button type="button" onClick={finish}>
          {leaveText(state, services)}
        </button>
      </div>
    </>
  );
}

/** A stable function: it runs only when the button appears. */
const focusFirst = (button: HTMLButtonElement | null) => button?.focus();

function useBlobLink(bytes: Blob): string {
  const [link, setLink] = useState('');
  useLayoutEffect(() => {
    const address = URL.createObjectURL(bytes);
    setLink(address);
    return () => URL.revokeObjectURL(address);
  }, [bytes]);
  return link;
}
