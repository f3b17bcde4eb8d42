import { useState } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { t } from '../i18n/messages.tsx';
import { daysOf, lives } from '../state/give-options.ts';
import type { GiveChoice, LocalStore } from '../state/storage.ts';

interface GiveChoicesProps {
  readonly store: LocalStore;
  readonly stats: PoolStats | undefined;
  /** True if nothing can be taken out of the file. */
  readonly isUncleanable: boolean;
}

/**
 * The choices for the next gifts, which this browser remembers: whether metadata is removed, what comes in return, and how long
 * a gift waits.
 */
export function GiveChoices({ store, stats, isUncleanable }: GiveChoicesProps) {
  const isAlways = stats?.strip_metadata === 'always';
  const [isStripping, setStripping] = useState(store.choice('strip') !== 'off');
  const strip = (isOn: boolean) => {
    setStripping(isOn);
    store.saveChoice('strip', isOn ? '' : 'off');
  };
  return (
    <p class="quiet choices">
      {stats?.strip_metadata !== 'off' && (
        <label>
          <input
            type="checkbox"
            checked={isAlways || (isStripping && !isUncleanable)}
            disabled={isAlways || isUncleanable}
            onChange={({ currentTarget }) => strip(currentTarget.checked)}
          />{' '}
          <span>
            {t('strip')} {isUncleanable && <em>{t('strip.cannot')}</em>}
          </span>
        </label>
      )}
      <Choice store={store} name="wish" label={t('wish')}>
        {{ '': t('wish.any'), kind: t('wish.kind') }}
      </Choice>
      <Choice store={store} name="life" label={t('life')}>
        {{
          '': t('life.any'),
          ...Object.fromEntries(lives.map((life) => [life, t('life.days', { days: daysOf(life) })])),
        }}
      </Choice>
    </p>
  );
}

interface ChoiceProps {
  readonly store: LocalStore;
  readonly name: GiveChoice;
  readonly label: string;
  /** The texts by value; the empty value is no choice. */
  readonly children: Readonly<Record<string, string>>;
}

function Choice({ store, name, label, children }: ChoiceProps) {
  const [value, setValue] = useState(store.choice(name) ?? '');
  const choose = (chosen: string) => {
    setValue(chosen);
    store.saveChoice(name, chosen);
  };
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {Object.entries(children).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
