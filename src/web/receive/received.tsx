import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Report } from '../feedback/report.tsx';
import { Thank } from '../feedback/thank.tsx';
import { t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import { useUnwrapping } from '../scene/unwrap-animation.ts';
import type { Arrived as ArrivedState, Dispatch } from '../state/exchange.ts';
import { owedIn } from '../state/exchange.ts';
import { onward } from '../state/next-step.ts';
import type { Tools } from '../state/services.ts';
import { Icon } from '../ui/icons.tsx';
import { Card } from './file-card.tsx';

interface ArrivedProps {
  readonly state: ArrivedState;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

/** The parcel is here: it is unwrapped, and then its card tells what it is. */
export function Arrived({ state, tools, dispatch }: ArrivedProps) {
  const { parcel, saved } = state;
  const step = useUnwrapping();
  const isOpen = step === 'unwrapped';
  const heading = useFocusOnceOpen(isOpen);
  usePose({ stage: saved ? 'kept' : step, icon: parcel.kind });
  return (
    <>
      <h2 ref={heading} tabIndex={-1} data-focus>
        {t('arrived')} <span class="soft">{t('arrived.more')}</span>
      </h2>
      <div class="wrapping">
        {/* It has no work of its own: a click anywhere unwraps the parcel, and so does a key. */}
        {!isOpen && (
          <button type="button" class="link">
            {t('arrived.unwrap')}
          </button>
        )}
        {/* Here from the start: its room is taken and its preview gets ready while the string comes off. */}
        <div class={isOpen ? 'wrapped is-open' : 'wrapped'}>
          <Card state={state} />
          <Actions state={state} tools={tools} dispatch={dispatch} />
          <p class="quiet">{saved ? t('saved') : t('unsaved')}</p>
          <Thank parcel={parcel} tools={tools} />
          <Report parcel={parcel} tools={tools} />
        </div>
      </div>
    </>
  );
}

/** Whoever was on the sheet goes on at its heading; whoever was elsewhere on the page is left there. */
function useFocusOnceOpen(isOpen: boolean) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wasOpen = useRef(isOpen);
  useLayoutEffect(() => {
    if (wasOpen.current || !isOpen) return;
    wasOpen.current = true;
    const { activeElement, body } = document;
    const isElsewhere = activeElement !== body && !activeElement?.closest('.sheet');
    if (!isElsewhere) heading.current?.focus();
  }, [isOpen]);
  return heading;
}

/** The one action that makes it ours, and the way on. */
function Actions({ state, tools, dispatch }: ArrivedProps) {
  const { parcel, bytes, saved } = state;
  const link = useBlobLink(bytes);
  const settle = () => {
    const owed = owedIn(state);
    if (owed) tools.keep.settle(owed, 'received');
    // It only frees the service's copy sooner; the delivery is made with or without it.
    tools.client.received(parcel).catch(() => undefined);
  };
  const save = () => {
    if (!saved) settle();
    dispatch({ type: 'saved' });
  };
  const goOn = () => {
    if (!saved) settle();
    dispatch({ type: 'ended', next: onward(tools) });
  };
  return (
    <div class="actions">
      <a
        class={saved ? 'button' : 'button primary'}
        href={link}
        download={parcel.name}
        onClick={save}
      >
        <Icon name="save" /> {saved ? t('save.again') : t('save')}
      </a>
      <button type="button" class={saved ? 'primary' : undefined} onClick={goOn}>
        {saved ? t('giveAnother') : t('letGo')}
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
