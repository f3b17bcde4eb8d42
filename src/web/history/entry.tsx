import type { ComponentChildren, RefObject } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Failure } from '../failures.ts';
import { Report } from '../feedback/report.tsx';
import { ThanksForm, thanksSentence } from '../feedback/thank.tsx';
import { formatDateTime, formatSize } from '../i18n/format.ts';
import { failureSentence, renderFileName, richText, t } from '../i18n/messages.tsx';
import type { Exchange, Parcel, PendingExchange } from '../state/exchange.ts';
import { fateOf, type GiftFate, type HistoryEntry, pendingOf } from '../state/history.ts';
import { nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import { useOpenedOnce } from '../state/use-history.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { lazyPart, useLoaded } from '../ui/use-loaded.ts';
import { saveTicketStatus } from './refresh.ts';
import type { RemovalProps } from './removal.tsx';
import { canResume, isOnStage, resume, type Stage } from './resume.ts';
import { ShortenLife } from './shorten.tsx';
import { withdrawGift } from './withdraw.ts';

/** Where an entry is that is not in this browser: in the account only, or there without a ticket. */
export type EntryPlace = 'elsewhere' | 'plain' | undefined;

interface EntryProps {
  readonly entry: HistoryEntry;
  readonly services: Services;
  readonly stage: Stage;
}

interface CardProps extends EntryProps {
  readonly place: EntryPlace;
  readonly children?: ComponentChildren;
}

/** One exchange: the gift and its fate, the delivery, and the actions that need its secrets. */
export function EntryCard({ entry, services, stage, place, children }: CardProps) {
  const { exchange, parcel, end, at, thanks } = entry;
  const heading = useRef<HTMLHeadingElement>(null);
  const file = exchange?.gift ?? parcel;
  const pending = end || place ? undefined : pendingOf(entry);
  if (!file) return null;
  return (
    <li class="entry">
      <h3 tabIndex={-1} ref={heading}>
        <Icon name={file.kind ?? 'other'} />
        <span>
          {richText(exchange ? 'mine.gave' : 'mine.took', {
            file: renderFileName,
            name: file.name,
          })}
        </span>
      </h3>
      <p class="facts">
        <Facts file={file} />
        <time dateTime={at}>{formatDateTime(at)}</time>
        {place && <span>{t('account.elsewhere')}</span>}
      </p>
      {exchange && <Line icon={fateIcons[fateOf(entry)]}>{t(`mine.fate.${fateOf(entry)}`)}</Line>}
      {exchange?.ticket && fateOf(entry) === 'removed' && <WhyRemoved {...{ exchange, services }} />}
      {thanks && <Line icon="heart">{thanksSentence('mine.thanks', thanks)}</Line>}
      {entry.endsAt && !end && <Line icon="clock">{t('mine.ends', { time: formatDateTime(entry.endsAt) })}</Line>}
      {place !== 'plain' && <Coming entry={entry} isHere={isHere(entry, stage)} />}
      {pending && <Actions {...{ entry, pending, services, stage, heading }} />}
      {parcel && end === 'received' && !place && <Replies {...{ entry, parcel, services }} />}
      {children}
    </li>
  );
}

function WhyRemoved({ exchange, services }: Pick<RemovalProps, 'exchange' | 'services'>) {
  const [openings, setOpenings] = useState(0);
  const restored = (status: TicketStatus) => saveTicketStatus(services.store, exchange.ticket, status);
  return (
    <details
      class="why-removed"
      onToggle={({ currentTarget }) => currentTarget.open && setOpenings((count) => count + 1)}
    >
      <summary>{t('mine.why')}</summary>
      {openings > 0 && <LoadedRemoval {...{ exchange, services, openings, restored }} />}
    </details>
  );
}

const removal = lazyPart(async () => (await import('./removal.tsx')).Removal);

function LoadedRemoval(props: RemovalProps) {
  const Loaded = useLoaded(removal);
  return Loaded ? <Loaded {...props} /> : null;
}

const fateIcons: Readonly<Record<GiftFate | 'gone', IconName>> = {
  waiting: 'shelf',
  'on-its-way': 'onItsWay',
  landed: 'landed',
  withdrawn: 'undo',
  expired: 'clock',
  removed: 'cross',
  gone: 'warning',
};

function Line({ icon, children }: { icon: IconName; children: ComponentChildren }) {
  return (
    <p class="line">
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  );
}

function Facts({ file: { kind, size } }: { file: Pick<Parcel, 'size' | 'kind'> }) {
  return (
    <>
      {kind && <span>{t(`kind.${kind}`)}</span>}
      <span>{formatSize(size)}</span>
    </>
  );
}

/** True if the delivery has arrived on the stage, where it can be saved. */
function isHere(entry: HistoryEntry, stage: Stage): boolean {
  const pending = pendingOf(entry);
  return stage.state.name === 'arrived' && pending !== undefined && isOnStage(stage, pending);
}

/** The delivery of the exchange. */
function Coming({ entry, isHere }: { readonly entry: HistoryEntry; readonly isHere: boolean }) {
  const { exchange, parcel, end, ticket } = entry;
  if (!end && parcel)
    return (
      <Line icon={isHere ? 'landed' : 'onItsWay'}>
        {richText(isHere ? 'mine.here' : 'mine.coming', { file: renderFileName, name: parcel.name })}
      </Line>
    );
  if (!end && (ticket === 'ready' || ticket === 'drawn')) return <Line icon="landed">{t('many.here')}</Line>;
  if (!end && ticket === 'open') return <Line icon="shelf">{t('mine.open')}</Line>;
  if (!end) return <Line icon="clock">{t('mine.waiting')}</Line>;
  if (end === 'received' && parcel && exchange) return <Received parcel={parcel} />;
  if (end === 'received') return exchange ? <Line icon="check">{t('mine.got.unnamed')}</Line> : null;
  if (end === 'expired') return <Line icon="clock">{t('mine.over')}</Line>;
  return exchange ? null : <Line icon="warning">{t('mine.missed')}</Line>;
}

function Received({ parcel }: { readonly parcel: Parcel }) {
  return (
    <>
      <Line icon={parcel.kind ?? 'other'}>{richText('mine.got', { file: renderFileName, name: parcel.name })}</Line>
      <p class="facts">
        <Facts file={parcel} />
      </p>
    </>
  );
}

interface ActionsProps extends EntryProps {
  readonly pending: PendingExchange;
  readonly heading: RefObject<HTMLElement | null>;
}

/** The actions of a pending exchange. */
function Actions({ entry, pending, services, stage, heading }: ActionsProps) {
  const { exchange, parcel } = entry;
  const canWithdraw = exchange && !parcel && fateOf(entry) === 'waiting';
  const reason = useId();
  const isFree = canResume(stage, pending);
  return (
    <>
      <div class="row">
        <button
          type="button"
          disabled={!isFree}
          aria-describedby={isFree ? undefined : reason}
          onClick={() => resume(stage, pending)}
        >
          {t('mine.goTo')}
        </button>
        {canWithdraw && <WithdrawButton {...{ exchange, services, stage, heading }} />}
      </div>
      {!isFree && (
        <p class="quiet" id={reason}>
          {t('mine.goTo.busy')}
        </p>
      )}
      {canWithdraw && <ShortenLife {...{ exchange, services }} endsAt={entry.endsAt} />}
    </>
  );
}

interface WithdrawButtonProps extends Pick<ActionsProps, 'services' | 'stage' | 'heading'> {
  readonly exchange: Exchange;
}

function WithdrawButton({ exchange, services, stage, heading }: WithdrawButtonProps) {
  const [isWithdrawing, setWithdrawing] = useState(false);
  const [failure, setWhy] = useState<Failure>();
  const withdraw = async () => {
    setWithdrawing(true);
    const { failure, isOver } = await withdrawGift(services, exchange);
    setWithdrawing(false);
    if (!isOver) return setWhy(failure);
    // The button is removed together with the withdrawn gift.
    heading.current?.focus();
    if (isOnStage(stage, { exchange })) stage.dispatch({ type: 'ended', failure, next: nextStep(services) });
  };
  return (
    <>
      <button type="button" aria-disabled={isWithdrawing} onClick={() => !isWithdrawing && void withdraw()}>
        {isWithdrawing ? t('takingBack') : t('takeBack')}
      </button>
      {failure && (
        <p class="notice" role="alert">
          {failureSentence(failure)}
        </p>
      )}
    </>
  );
}

interface RepliesProps extends Pick<EntryProps, 'entry' | 'services'> {
  readonly parcel: Parcel;
}

/** Thanks and report for a delivery. */
function Replies({ entry: { thanked }, parcel, services }: RepliesProps) {
  const { isOpened, onToggle } = useOpenedOnce();
  return (
    <div class="replies">
      <details onToggle={onToggle}>
        <summary>
          <Icon name="heart" />
          <span>{thanked ? thanksSentence('mine.thanked', thanked) : t('mine.thank')}</span>
        </summary>
        {isOpened && <ThanksForm parcel={parcel} services={services} />}
      </details>
      <Report parcel={parcel} services={services} />
    </div>
  );
}
