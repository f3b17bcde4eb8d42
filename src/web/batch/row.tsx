import type { ComponentChildren } from 'preact';
import type { FileKind } from '../../contract/vocabulary.ts';
import { formatSize } from '../i18n/format.ts';
import { failureSentence, type MessageKey, renderFileName, richText, t } from '../i18n/messages.tsx';
import { type BatchItem, type ItemStatus, isCancellable, pendingFor, type TicketState } from '../state/batch-item.ts';
import type { PendingExchange } from '../state/exchange.ts';
import type { EntryEnd } from '../state/history.ts';
import type { Uploader } from '../state/services.ts';
import { Icon, type IconName } from '../ui/icons.tsx';

interface BatchRowProps {
  readonly item: BatchItem;
  /** False if the service takes no file whose metadata stays. */
  readonly canKeepMetadata: boolean;
  readonly uploader: Uploader;
  /** True if another ticket of this browser waits, so that this one would wait too. */
  readonly isBehind: boolean;
  readonly open: (pending: PendingExchange) => void;
}

const factsOf = (kind: FileKind | undefined, size: number) =>
  kind ? t('list.two', { first: t(`kind.${kind}`), second: formatSize(size) }) : formatSize(size);

/** One file with its status and actions. */
export function BatchRow(props: BatchRowProps) {
  const { item, isBehind } = props;
  const { id, name, size, status } = item;
  const kind = status.name === 'given' ? status.exchange.gift.kind : undefined;
  const heading = `file-${id}`;
  return (
    <li class={`file is-${status.name}`} data-item={id} tabIndex={-1}>
      <p class="file-facts" id={heading}>
        <Icon name={kind ?? 'other'} />
        <span>
          <bdi class="file-name">{name}</bdi> <span class="soft">{factsOf(kind, size)}</span>
        </span>
      </p>
      <p class="file-standing">
        <Icon name={statusIcon(status)} />
        <span>{statusText(status, isBehind)}</span>
      </p>
      <Actions {...props} heading={heading} />
    </li>
  );
}

function Actions({ item, canKeepMetadata, uploader, isBehind, open, heading }: BatchRowProps & { heading: string }) {
  const { id, status } = item;
  const pending = pendingFor(item);
  const retry = () => uploader.retry([id]);
  const action = (word: MessageKey, act: () => void) => (
    <button type="button" key={word} class="link" aria-describedby={heading} onClick={act}>
      {t(word)}
    </button>
  );
  const actions = [
    isCancellable(item) && action('cancel', () => uploader.cancel([id])),
    status.name === 'failed' && action('tryAgain', retry),
    isStopped(status) && action('many.anyway', retry),
    canKeepMetadata && isUncleaned(status) && action('strip.asItIs', () => uploader.giveAsItIs(id)),
    isFinished(status) && action('many.dismiss', () => uploader.dismiss(id)),
    pending && action(canOpen(status, isBehind) ? 'many.open' : 'many.show', () => open(pending)),
  ].filter(Boolean);
  return actions.length > 0 ? <div class="file-actions">{actions}</div> : null;
}

/** True if the page or the giver has stopped the upload. */
const isStopped = ({ name }: ItemStatus): boolean => name === 'duplicate' || name === 'cancelled';

const isUncleaned = (status: ItemStatus): boolean =>
  status.name === 'refused' && status.failure.code === 'metadata-stays';

const isFinished = ({ name }: ItemStatus): boolean =>
  ['duplicate', 'refused', 'failed', 'cancelled', 'ended'].includes(name);

/** True if there is, or may be, a delivery for it. */
export function canOpen(status: ItemStatus, isBehind: boolean): boolean {
  if (status.name === 'taken') return true;
  return status.name === 'given' && status.ticket !== 'waiting' && !isQueuedBehind(status, isBehind);
}

const isQueuedBehind = ({ ticket }: { readonly ticket?: TicketState }, isBehind: boolean): boolean =>
  isBehind && (ticket === 'open' || ticket === undefined);

const statusIcons: Readonly<Record<Exclude<ItemStatus['name'], 'given' | 'ended'>, IconName>> = {
  queued: 'clock',
  sending: 'onItsWay',
  taken: 'landed',
  duplicate: 'copy',
  refused: 'warning',
  failed: 'lineDown',
  cancelled: 'cross',
};

const endIcons: Readonly<Record<EntryEnd, IconName>> = {
  received: 'check',
  withdrawn: 'undo',
  expired: 'clock',
  gone: 'warning',
};

function statusIcon(status: ItemStatus): IconName {
  if (status.name === 'ended') return endIcons[status.end];
  if (status.name !== 'given') return statusIcons[status.name];
  return hasDelivery(status.ticket) ? 'landed' : 'shelf';
}

const hasDelivery = (ticket: TicketState | undefined) => ticket === 'ready' || ticket === 'drawn';

function statusText(status: ItemStatus, isBehind: boolean): ComponentChildren {
  switch (status.name) {
    case 'queued':
      return t('many.queued');
    case 'sending':
      return sendingText(status);
    case 'given':
      if (hasDelivery(status.ticket)) return t('many.here');
      return canOpen(status, isBehind) ? t('many.shelf') : t('many.waiting');
    case 'taken':
      return t('many.taken');
    case 'ended':
      return t(`many.ended.${status.end}`);
    case 'duplicate':
      return richText('many.same', { file: renderFileName, name: status.of });
    default:
      return failureSentence(status.failure);
  }
}

function sendingText({ share, isAgain }: Extract<ItemStatus, { name: 'sending' }>): string {
  if (share >= 1) return t('many.looking');
  return isAgain ? t('many.again', { share }) : t('many.sending', { share });
}
