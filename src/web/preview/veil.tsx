import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { formatSize } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import type { GiveChoice, LocalStore } from '../state/storage.ts';
import { Icon } from '../ui/icons.tsx';

/** The kinds that a visitor may not want to see unprepared. */
export type VeiledKind = 'image' | 'video';

/** The choice that this browser remembers, for each kind. */
const choices = { image: 'see-image', video: 'see-video' } as const satisfies Record<VeiledKind, GiveChoice>;

interface VeilProps {
  readonly kind: VeiledKind;
  readonly size: number;
  readonly store: Pick<LocalStore, 'choice' | 'saveChoice'>;
  readonly children: ComponentChildren;
}

/** Covers a stranger's picture or video until the visitor asks for it. A picture is blurred, a video is not loaded. */
export function Veil({ kind, size, store, children }: VeilProps) {
  const choice = choices[kind];
  const [isShown, setShown] = useState(() => store.choice(choice) === 'on');
  const section = useRef<HTMLDivElement>(null);
  const move = (isOn: boolean) => {
    if (!isOn) store.saveChoice(choice, '');
    setShown(isOn);
    // The button that was pressed is gone; the other one is there after the render.
    requestAnimationFrame(() => section.current?.querySelector<HTMLElement>('.veil-button')?.focus());
  };
  return (
    <div class={isShown ? 'unveiled' : 'veiled'} ref={section}>
      {(isShown || kind === 'image') && (
        <div class="behind" {...(isShown ? {} : { 'aria-hidden': true, inert: true })}>
          {children}
        </div>
      )}
      {isShown ? (
        <button type="button" class="link veil-button" onClick={() => move(false)}>
          {t('preview.cover')}
        </button>
      ) : (
        <div class="veil">
          <p>
            <Icon name={kind} /> {t(`preview.veil.${kind}`, { size: formatSize(size) })}
          </p>
          <button type="button" class="primary veil-button" onClick={() => move(true)}>
            {t(`preview.show.${kind}`)}
          </button>
          <label>
            <input
              type="checkbox"
              onChange={({ currentTarget }) => store.saveChoice(choice, currentTarget.checked ? 'on' : '')}
            />{' '}
            {t(`preview.always.${kind}`)}
          </label>
        </div>
      )}
    </div>
  );
}
