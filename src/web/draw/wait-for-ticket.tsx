import { useState } from 'preact/hooks';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { noteStatus } from '../history/refresh.ts';
import { takeBack } from '../history/withdraw.ts';
import { formatDay, formatSize } from '../i18n/format.ts';
import { fileName, rich, t } from '../i18n/messages.tsx';
import { useOnline } from '../offline/offline.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, Drawing, Event, Exchange } from '../state/exchange.ts';
import { endOf } from '../state/history.ts';
import { onward } from '../state/next-step.ts';
import type { Tools } from '../state/services.ts';
import { useWork } from '../state/use-abortable.ts';
import { Notice } from '../ui/notice.tsx';
import { TellMe } from './notify-me.tsx';
import { watchTicket } from './watch-ticket.ts';

interface DrawProps {
  readonly state: Drawing;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

/** The parcel is on the shelf, and its ticket draws, or waits for somebody to give. */
export function Draw({ state, tools, dispatch }: DrawProps) {
  const { exchange, why, name } = state;
  const { status, isReached } = useTicket(exchange, tools, dispatch);
  const isOnline = useOnline();
  const isWaiting = name === 'waiting';
  const fate = status?.gift.fate ?? 'waiting';
  usePose({ stage: 'shelf' });
  return (
    <>
      <h2 tabIndex={-1} data-focus>
        {isWaiting ? t('waiting') : t('drawing')}
      </h2>
      <p class="lead">{isWaiting ? waitingSentence(fate) : t('drawing.more')}</p>
      <p class="quiet">
        {rich('gave', {
          file: fileName,
          name: exchange.gift.name,
          size: formatSize(exchange.gift.size),
        })}
      </p>
      {exchange.gift.kind && <p class="quiet">{foundText(exchange.gift)}</p>}
      {why && <Notice why={why} />}
      {!isReached && isOnline && <p class="notice">{t('unreachable')}</p>}
      {isWaiting && status && (
        <p class="quiet">{t('waiting.long', { day: formatDay(status.expires_at) })}</p>
      )}
      {isWaiting && <TellMe />}
      {isWaiting && fate === 'waiting' && (
        <TakeBack exchange={exchange} tools={tools} dispatch={dispatch} />
      )}
    </>
  );
}

/** Watches the ticket for as long as it is shown. */
function useTicket(exchange: Exchange, tools: Tools, dispatch: Dispatch) {
  const { client, keep } = tools;
  const [status, setStatus] = useState<TicketStatus>();
  const [isReached, setReached] = useState(true);
  const tell = (event: Event) => {
    if (event.type === 'drawn') keep.note(exchange.ticket, { parcel: event.parcel });
    if (event.type !== 'ended') return dispatch(event);
    if (event.why) keep.settle({ exchange }, endOf(event.why));
    dispatch({ ...event, next: onward(tools) });
  };
  const seen = (news: TicketStatus) => {
    setStatus(news);
    noteStatus(keep, exchange.ticket, news);
  };
  useWork(
    (signal) => watchTicket(client, exchange.ticket, { tell, seen, reached: setReached }, signal),
    [exchange.ticket],
  );
  return { status, isReached };
}

const foundText = ({ kind }: Exchange['gift']) => t('found', { kind: kind ?? 'other' });

function waitingSentence(fate: TicketStatus['gift']['fate']): string {
  if (fate === 'on-its-way') return t('waiting.onItsWay');
  return fate === 'landed' ? t('waiting.landed') : t('waiting.more');
}

interface TakeBackProps {
  readonly exchange: Exchange;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

function TakeBack({ exchange, tools, dispatch }: TakeBackProps) {
  const [isAsking, setAsking] = useState(false);
  const ask = async () => {
    setAsking(true);
    const { why, isOver } = await takeBack(tools, exchange);
    if (isOver) return dispatch({ type: 'ended', why, next: onward(tools) });
    dispatch({ type: 'noted', why });
    setAsking(false);
  };
  return (
    <button type="button" disabled={isAsking} onClick={ask}>
      {isAsking ? t('takingBack') : t('takeBack')}
    </button>
  );
}
