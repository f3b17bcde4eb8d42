import { useState } from 'preact/hooks';
import type { TicketStatus } from '../contract/schemas.ts';
import type { Dispatch, Drawing, Event, Exchange } from './exchange.ts';
import { formatDay, formatSize } from './format.ts';
import { Notice } from './notice.tsx';
import { ParcelPicture } from './parcel.tsx';
import type { Tools } from './tools.ts';
import { watchTicket } from './watch.ts';
import { isEnd, type Why, whyOf } from './why.ts';
import { words } from './words.ts';
import { useWork } from './work.ts';

interface DrawProps {
  readonly state: Drawing;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

/** The parcel is on the shelf, and its ticket draws, or waits for somebody to give. */
export function Draw({ state, tools, dispatch }: DrawProps) {
  const { exchange, why, name } = state;
  const { status, isReached } = useTicket(exchange, tools, dispatch);
  const isWaiting = name === 'waiting';
  const fate = status?.gift.fate ?? 'waiting';
  return (
    <>
      <ParcelPicture stage="shelf" />
      <h2 tabIndex={-1} data-focus>
        {isWaiting ? words.waiting : words.drawing}
      </h2>
      <p class="lead">{isWaiting ? waitingSentence(fate) : words.drawingMore}</p>
      <p class="quiet">
        {words.youGave} <bdi class="file-name">{exchange.gift.name}</bdi> (
        {formatSize(exchange.gift.size)}).
      </p>
      {why && <Notice why={why} />}
      {!isReached && <p class="notice">{words.unreachable}</p>}
      {isWaiting && status && (
        <p class="quiet">{words.waitingLong(formatDay(status.expires_at))}</p>
      )}
      {isWaiting && fate === 'waiting' && (
        <TakeBack exchange={exchange} tools={tools} dispatch={dispatch} />
      )}
    </>
  );
}

/** Watches the ticket for as long as it is shown. */
function useTicket(exchange: Exchange, { client, keep }: Tools, dispatch: Dispatch) {
  const [status, setStatus] = useState<TicketStatus>();
  const [isReached, setReached] = useState(true);
  const tell = (event: Event) => {
    if (event.type !== 'ended') return dispatch(event);
    keep.forget({ exchange });
    dispatch({ ...event, next: keep.owed()[0] });
  };
  useWork(
    (signal) =>
      watchTicket(client, exchange.ticket, { tell, seen: setStatus, reached: setReached }, signal),
    [exchange.ticket],
  );
  return { status, isReached };
}

function waitingSentence(fate: TicketStatus['gift']['fate']): string {
  if (fate === 'on-its-way') return words.waitingOnItsWay;
  return fate === 'landed' ? words.waitingLanded : words.waitingMore;
}

interface TakeBackProps {
  readonly exchange: Exchange;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

function TakeBack({ exchange, tools, dispatch }: TakeBackProps) {
  const [isAsking, setAsking] = useState(false);
  const { client, keep } = tools;
  const end = (why: Why) => {
    keep.forget({ exchange });
    dispatch({ type: 'ended', why, next: keep.owed()[0] });
  };
  const ask = async () => {
    setAsking(true);
    try {
      await client.withdraw(exchange.ticket);
      end({ code: 'taken-back' });
    } catch (error) {
      const why = whyOf(error);
      if (isEnd(why)) return end(why);
      dispatch({ type: 'noted', why: why.code === 'connection' ? { code: 'not-reached' } : why });
      setAsking(false);
    }
  };
  return (
    <button type="button" disabled={isAsking} onClick={ask}>
      {isAsking ? words.takingBack : words.takeBack}
    </button>
  );
}
