import { hourLength } from '../../contract/vocabulary.ts';
import { formatDuration, formatSize } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { Preview } from '../preview/preview.tsx';
import type { ArrivedState, Parcel } from '../state/exchange.ts';
import type { LocalStore } from '../state/storage.ts';
import { Icon, iconPath } from '../ui/icons.tsx';

/** The file that was received: its facts and a preview. */
export function FileCard({ state, store }: { readonly state: ArrivedState; readonly store: LocalStore }) {
  const { parcel, bytes } = state;
  return (
    <div class="card">
      <div class="postmarked">
        <p class="file-name">
          <bdi>{parcel.name}</bdi>
        </p>
        <Facts parcel={parcel} />
        <Stamp kind={parcel.kind ?? 'other'} />
      </div>
      <Preview parcel={parcel} bytes={bytes} store={store} />
    </div>
  );
}

/** Kind, size and time in the pool, set like a postmark. */
function Facts({ parcel: { kind, size, given_at } }: { readonly parcel: Parcel }) {
  const age = given_at ? Date.now() - Date.parse(given_at) : 0;
  // The server tells the hour only.
  const span = age < hourLength ? undefined : formatDuration(age);
  const waited = span ? t('arrived.waited', { span }) : t('arrived.justGiven');
  return (
    <ul class="facts">
      {kind && (
        <li>
          <Icon name={kind} /> {t(`kind.${kind}`)}
        </li>
      )}
      <li>{formatSize(size)}</li>
      {given_at && <li>{waited}</li>}
    </ul>
  );
}

/** Decorative: the postmark of the parcel. */
function Stamp({ kind }: { readonly kind: NonNullable<Parcel['kind']> | 'other' }) {
  return (
    <svg class="stamp" viewBox="0 0 132 56" aria-hidden="true" focusable="false">
      <path d="M2 18q8-6 16 0t16 0 16 0 16 0 16 0M2 29q8-6 16 0t16 0 16 0 16 0 16 0M2 40q8-6 16 0t16 0 16 0 16 0 16 0" />
      <circle cx="104" cy="28" r="26" />
      <circle cx="104" cy="28" r="21" />
      <path transform="translate(92 16)" d={iconPath(kind)} />
    </svg>
  );
}

/** The verification of the bytes. */
export function Proof({ state: { isVerified, parcel } }: { readonly state: ArrivedState }) {
  if (!parcel.sha256) return <p class="quiet">{t('proof.none')}</p>;
  return (
    <details class="proof">
      <summary>
        <Icon name="check" /> {t('proof')}
      </summary>
      <p>{isVerified ? t('proof.whole') : t('proof.size')}</p>
      <code class="fingerprint">{parcel.sha256}</code>
    </details>
  );
}
