import type { ComponentChildren } from 'preact';
import type { FileKind } from '../../contract/vocabulary.ts';
import { formatSize } from '../i18n/format.ts';
import { fileName, rich, sentenceOf, t, type WordKey } from '../i18n/messages.tsx';
import { type Item, owedFor, type Standing, type TicketState } from '../state/batch-item.ts';
import type { Owed } from '../state/exchange.ts';
import type { End } from '../state/history.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { isCancellable, type Run } from './uploader.ts';

export interface RowProps {
  readonly item: Item;
  readonly run: Run;
  /** Another ticket of ours stands in line, so there is nothing for this one either. */
  readonly isBehind: boolean;
  readonly open: (owed: Owed) => void;
}

const factsOf = (kind: FileKind | undefined, size: number) =>
  kind ? t('list.two', { first: t(`kind.${kind}`), second: formatSize(size) }) : formatSize(size);

/** One file: what it is, how it stands, and what can be done about it. */
export function Row({ item, run, isBehind, open }: RowProps) {
  const { id, name, size, standing } = item;
  const kind = standing.name === 'given' ? standing.exchange.gift.kind : undefined;
  const heading = `file-${id}`;
  return (
    <li class={`file is-${standing.name}`} data-item={id} tabIndex={-1}>
      <p class="file-facts" id={heading}>
        <Icon name={kind ?? 'other'} />
        <span>
          <bdi class="file-name">{name}</bdi> <span class="soft">{factsOf(kind, size)}</span>
        </span>
      </p>
      <p class="file-standing">
        <Icon name={iconOf(standing)} />
        <span>{standingText(standing, isBehind)}</span>
      </p>
      <Actions {...{ item, run, isBehind, open, heading }} />
    </li>
  );
}

function Actions({ item, run, isBehind, open, heading }: RowProps & { heading: string }) {
  const { id, standing } = item;
  const owed = owedFor(item);
  const again = () => run.again([id]);
  const action = (word: WordKey, act: () => void) => (
    <button type="button" key={word} class="link" aria-describedby={heading} onClick={act}>
      {t(word)}
    </button>
  );
  const actions = [
    isCancellable(item) && action('cancel', () => run.cancel([id])),
    standing.name === 'failed' && action('tryAgain', again),
    isHeldBack(standing) && action('many.anyway', again),
    isOver(standing) && action('many.dismiss', () => run.dismiss(id)),
    owed && action(canOpen(standing, isBehind) ? 'many.open' : 'many.show', () => open(owed)),
  ].filter(Boolean);
  return actions.length > 0 ? <div class="file-actions">{actions}</div> : null;
}

/** By us, or by its giver. */
const isHeldBack = ({ name }: Standing): boolean => name === 'duplicate' || name === 'cancelled';

const isOver = ({ name }: Standing): boolean =>
  ['duplicate', 'refused', 'failed', 'cancelled', 'ended'].includes(name);

/** Whether there is, or may be, a stranger's file for it. */
export function canOpen(standing: Standing, isBehind: boolean): boolean {
  if (standing.name === 'taken') return true;
  return (
    standing.name === 'given' && standing.ticket !== 'waiting' && !isQueueing(standing, isBehind)
  );
}

const isQueueing = ({ ticket }: { readonly ticket?: TicketState }, isBehind: boolean): boolean =>
  isBehind && (ticket === 'open' || ticket === undefined);

const icons: Readonly<Record<Exclude<Standing['name'], 'given' | 'ended'>, IconName>> = {
  queued: 'clock',
  sending: 'onItsWay',
  taken: 'landed',
  duplicate: 'copy',
  refused: 'warning',
  failed: 'lineDown',
  cancelled: 'cross',
};

const endIcons: Readonly<Record<End, IconName>> = {
  received: 'check',
  withdrawn: 'undo',
  expired: 'clock',
  gone: 'warning',
};

function iconOf(standing: Standing): IconName {
  if (standing.name === 'ended') return endIcons[standing.end];
  if (standing.name !== 'given') return icons[standing.name];
  return isHere(standing.ticket) ? 'landed' : 'shelf';
}

const isHere = (ticket: TicketState | undefined) => ticket === 'ready' || ticket === 'drawn';

function standingText(standing: Standing, isBehind: boolean): ComponentChildren {
  switch (standing.name) {
    case 'queued':
      return t('many.queued');
    case 'sending':
      return sendingText(standing);
    case 'given':
      if (isHere(standing.ticket)) return t('many.here');
      return canOpen(standing, isBehind) ? t('many.shelf') : t('many.waiting');
    case 'taken':
      return t('many.taken');
    case 'ended':
      return t(`many.ended.${standing.end}`);
    case 'duplicate':
      return rich('many.same', { file: fileName, name: standing.of });
    default:
      return sentenceOf(standing.why);
  }
}

function sendingText({ share, isAgain }: Extract<Standing, { name: 'sending' }>): string {
  if (share >= 1) return t('many.looking');
  return isAgain ? t('many.again', { share }) : t('many.sending', { share });
}
