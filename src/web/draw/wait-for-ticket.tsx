import { useRef, useState } from 'preact/hooks';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { failureOf } from '../failures.ts';
import { endOfWaiting, saveTicketStatus } from '../history/refresh.ts';
import { ShortenLife } from '../history/shorten.tsx';
import { withdrawGift } from '../history/withdraw.ts';
import { formatDateTime, formatDay, formatList, formatSize } from '../i18n/format.ts';
import { renderFileName, richText, t } from '../i18n/messages.tsx';
import { useOnline } from '../offline/offline.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, DrawingState, Exchange, ExchangeEvent } from '../state/exchange.ts';
import { endOf } from '../state/history.ts';
import { nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import { useAbortable } from '../state/use-abortable.ts';
import { Invite } from '../ui/invite.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { RemovalReceipt } from '../ui/removal-receipt.tsx';
import { NotifyMe } from './notify-me.tsx';
import { watchTicket } from './watch-ticket.ts';

interface WaitForTicketProps {
  readonly state: DrawingState;
  readonly services: Services;
  readonly dispatch: Dispatch;
}

/** The gift is pooled: its ticket draws, or waits for the next gift. */
export function WaitForTicket({ state, services, dispatch }: WaitForTicketProps) {
  const { exchange, failure, name } = state;
  const { status, isReached, check, hear } = useTicket(exchange, services, dispatch);
  const isOnline = useOnline();
  const isWaiting = name === 'waiting';
  const isCut = !isReached || !isOnline;
  const fate = status?.gift.fate ?? 'waiting';
  usePose({ stage: 'shelf' });
  return (
    <>
      <h2 tabIndex={-1} data-focus>
        {isWaiting ? t('waiting') : isCut ? t('broken') : t('drawing')}
      </h2>
      {(isWaiting || !isCut) && (
        <p class="lead">{isWaiting ? (wishSentence(status) ?? fateSentence(fate)) : t('drawing.more')}</p>
      )}
      {failure && <FailureNotice failure={failure} />}
      {isWaiting && status?.ends_at && (
        <p class="notice">{t('waiting.ends', { time: formatDateTime(status.ends_at) })}</p>
      )}
      {isWaiting && <NotifyMe />}
      {isWaiting && status?.kinds && <AnythingButton {...{ exchange, services, dispatch, check }} />}
      {isWaiting && <Invite />}
      {!isReached && isOnline && <p class="notice">{t('unreachable')}</p>}
      <div class="quiet about-gift">
        <p>
          {richText('gave', {
            file: renderFileName,
            name: exchange.gift.name,
            size: formatSize(exchange.gift.size),
          })}{' '}
          {exchange.gift.kind && kindText(exchange.gift)}
        </p>
        {exchange.isRenamed && <p>{t('gave.renamed')}</p>}
        <RemovalReceipt removed={exchange.removed} />
        {isWaiting && status && <p>{t('waiting.long', { day: formatDay(status.expires_at) })}</p>}
      </div>
      {isWaiting && fate === 'waiting' && (
        <>
          <WithdrawButton exchange={exchange} services={services} dispatch={dispatch} />
          {status && <ShortenLife {...{ exchange, services }} endsAt={endOfWaiting(status)} heard={hear} />}
        </>
      )}
    </>
  );
}

/** Watches the ticket while the component is mounted. */
function useTicket(exchange: Exchange, services: Services, dispatch: Dispatch) {
  const { client, store } = services;
  const [status, setStatus] = useState<TicketStatus>();
  const [isReached, setReached] = useState(true);
  const check = useRef(() => {});
  const onEvent = (event: ExchangeEvent) => {
    if (event.type === 'drawn') store.update(exchange.ticket, { parcel: event.parcel });
    if (event.type !== 'ended') return dispatch(event);
    if (event.failure) store.markEnded({ exchange }, endOf(event.failure));
    dispatch({ ...event, next: nextStep(services) });
  };
  const onStatus = (newStatus: TicketStatus) => {
    setStatus(newStatus);
    saveTicketStatus(store, exchange.ticket, newStatus);
  };
  useAbortable(
    (signal) => {
      check.current = watchTicket(client, exchange.ticket, { onEvent, onStatus, onReachable: setReached }, signal);
    },
    [exchange.ticket],
  );
  return { status, isReached, check: () => check.current(), hear: setStatus };
}

const kindText = ({ kind }: Exchange['gift']) => t('found', { kind: kind ?? 'other' });

function fateSentence(fate: TicketStatus['gift']['fate']): string {
  if (fate === 'on-its-way') return t('waiting.onItsWay');
  return fate === 'landed' ? t('waiting.landed') : t('waiting.more');
}

function wishSentence(status: TicketStatus | undefined): string | undefined {
  if (!status?.kinds) return undefined;
  return t('waiting.wished', {
    kinds: formatList(
      status.kinds.map((kind) => t(`kind.${kind}`)),
      'disjunction',
    ),
  });
}

/** Lets the ticket draw anything from now on. */
function AnythingButton({ exchange, services, dispatch, check }: WithdrawButtonProps & { readonly check: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const ask = async () => {
    setAsking(true);
    try {
      // The next check finds the delivery, as after every draw.
      await services.client.draw(exchange.ticket, { wish: { kind: 'any' } });
      check();
    } catch (error) {
      dispatch({ type: 'warned', failure: failureOf(error) });
    }
    setAsking(false);
  };
  return (
    <button type="button" disabled={isAsking} onClick={ask}>
      {t('waiting.anything')}
    </button>
  );
}

interface WithdrawButtonProps {
  readonly exchange: Exchange;
  readonly services: Services;
  readonly dispatch: Dispatch;
}

function WithdrawButton({ exchange, services, dispatch }: WithdrawButtonProps) {
  const [isWithdrawing, setWithdrawing] = useState(false);
  const withdraw = async () => {
    setWithdrawing(true);
    const { failure, isOver } = await withdrawGift(services, exchange);
    if (isOver) return dispatch({ type: 'ended', failure, next: nextStep(services) });
    dispatch({ type: 'warned', failure });
    setWithdrawing(false);
  };
  return (
    <button type="button" class="link" disabled={isWithdrawing} onClick={withdraw}>
      {isWithdrawing ? t('takingBack') : t('takeBack')}
    </button>
  );
}
