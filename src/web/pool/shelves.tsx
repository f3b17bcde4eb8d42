import { useRef } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import { formatCompact } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { Icon } from '../ui/icons.tsx';
import { baySize, filesPerParcel, type ParcelRect, parcelCount, stackParcels } from './stacking.ts';

/**
 * The pool as shelves: a bay for each kind, so that a change moves no other bay. Screen readers get a
 * list of kinds and counts.
 */
export function Shelves({ stats }: { readonly stats: PoolStats | undefined }) {
  const perParcel = useRef(1);
  const filesOf = countsIn(stats);
  perParcel.current = filesPerParcel(Math.max(...fileKinds.map(filesOf)), perParcel.current);
  const catsPlace = stats && fileKinds.findLast((kind) => filesOf(kind) === 0);
  return (
    <figure>
      <ul class="shelves">
        {fileKinds.map((kind, number) => (
          <Bay
            key={kind}
            kind={kind}
            files={filesOf(kind)}
            parcels={stackParcels(parcelCount(filesOf(kind), perParcel.current), number)}
            hasCat={kind === catsPlace}
          />
        ))}
      </ul>
      <figcaption class="quiet">{t('pool.rule', { count: perParcel.current })}</figcaption>
    </figure>
  );
}

const countsIn = (stats: PoolStats | undefined) => (kind: FileKind) =>
  stats?.kinds.find((one) => one.kind === kind)?.file_count ?? 0;

interface BayProps {
  readonly kind: FileKind;
  readonly files: number;
  readonly parcels: readonly ParcelRect[];
  readonly hasCat: boolean;
}

function Bay({ kind, files, parcels, hasCat }: BayProps) {
  return (
    <li class={files === 0 ? 'bay is-empty' : 'bay'} style={{ '--kind': `var(--kind-${kind})` }}>
      <svg class="bay-pile" viewBox={`0 0 ${baySize.width} ${baySize.height}`} aria-hidden="true" focusable="false">
        {parcels.map((parcel, index) => (
          <ParcelOnShelf key={index} {...parcel} />
        ))}
        {hasCat && <Cat />}
      </svg>
      <p class="bay-tag">
        <Icon name={kind} />
        <span class="word">{t(`kind.${kind}`)}</span>{' '}
        {files === 0 ? <span class="only-heard">{t('pool.none')}</span> : <strong>{formatCompact(files)}</strong>}
      </p>
    </li>
  );
}

/** Kraft paper with a ribbon in the colour of the kind. */
function ParcelOnShelf({ x, y, width, height }: ParcelRect) {
  const middle = x + width / 2;
  return (
    <g class="packed">
      <rect class="paper" x={x + 0.5} y={y + 0.5} width={width - 1} height={height - 1} rx="1.5" />
      <path class="fold" d={`M${x + 1} ${y + 6}h${width - 2}`} />
      <path class="ribbon" d={`M${middle} ${y + 1}v${height - 2}`} />
      <path class="bow" d={`M${middle} ${y + 6}l-5-3v6zM${middle} ${y + 6}l5-3v6z`} />
    </g>
  );
}

/** The empty shelf: the cat has the whole board. Decorative. */
export function EmptyShelf() {
  return (
    <svg class="empty-shelf" viewBox="20 34 120 56" aria-hidden="true" focusable="false">
      <Cat />
      <path class="board" d="M20 86h120" />
    </svg>
  );
}

/** Decorative: a cat that sleeps in the last empty bay. */
function Cat() {
  return (
    <g class="cat">
      <path class="fur" d="M44 84c-10-24 10-43 38-43 31 0 52 22 43 37-3 5-7 6-12 6z" />
      <path class="fur" d="M33 84c-9-8-9-19-6-33l10 6c4-1.5 10-1.5 14 0l10-6c3 14 3 25-6 33z" />
      <path class="line" d="M34 70q3.5 3 7 0M47 70q3.5 3 7 0M42 75l2 2 2-2" />
      <path class="line" d="M122 76c-12 5-32 5-50 1" />
    </g>
  );
}
