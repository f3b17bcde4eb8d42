/** The state machine of one exchange: a pure reducer, so that each transition can be tested without a browser. */
import type { Delivery, Gift } from '../../contract/api/schemas.ts';
import type { Failure } from '../failures.ts';
import type { FileSelection } from '../files/types.ts';

/** A file to give, and the idempotency key that makes a repeated upload one gift. */
export interface KeyedFile {
  readonly file: File;
  readonly key: string;
  /** The giver wants it as it is, with its metadata. */
  readonly isAsItIs?: true;
}

/** The bytes of a delivery that have arrived, from the first on. */
export interface PartialDownload {
  readonly chunks: readonly (Uint8Array<ArrayBuffer> | Blob)[];
  readonly size: number;
}

/** Our half of an exchange: the gift and the ticket for it. */
export interface Exchange {
  readonly ticket: string;
  readonly gift: Pick<Gift, 'name' | 'size'> & Partial<Pick<Gift, 'kind' | 'sha256'>>;
  /** Names of the metadata that was removed; not stored. */
  readonly removed?: readonly string[];
  /** True if the service has cleaned the name that the giver chose; not stored. */
  readonly isRenamed?: true;
}

/** The delivery for us. After a free draw only URL, name and size may be known. */
export type Parcel = Pick<Delivery, 'url' | 'name' | 'size'> & Partial<Pick<Delivery, 'kind' | 'sha256' | 'given_at'>>;

/** An exchange or a free draw that has not ended: its ticket or its delivery is still ours. */
export type PendingExchange = { readonly exchange: Exchange } | { readonly parcel: Parcel };

/** Target of the next transition: a pending exchange, the batch, or the form for a gift. */
export type NextStep = PendingExchange | 'batch' | undefined;

/** A delivery, with the exchange it belongs to; undefined after a free draw. */
interface Incoming {
  readonly parcel: Parcel;
  readonly exchange: Exchange | undefined;
}

export type ExchangeState =
  | { readonly name: 'idle'; readonly failure?: Failure; readonly keyedFile?: KeyedFile }
  | OfferState
  | { readonly name: 'giving'; readonly keyedFile: KeyedFile }
  | { readonly name: 'drawing-free' }
  /** All uploads and pending exchanges in one list. */
  | { readonly name: 'batch'; readonly failure?: Failure }
  | DrawingState
  | ({
      readonly name: 'receiving';
      readonly partial?: PartialDownload;
      readonly response?: Response;
    } & Incoming)
  | ({
      readonly name: 'interrupted';
      readonly partial: PartialDownload;
      readonly failure: Failure;
    } & Incoming)
  | ArrivedState;

/** A file that the page asks about before it gives it. */
export interface OfferedFile {
  readonly key: string;
  readonly file: File;
  /** It came through the share target, and its key is that of its cache entry. */
  readonly isShared?: true;
}

/** Files that were chosen, dropped, pasted or shared. */
export interface OfferState extends Omit<FileSelection, 'files'> {
  readonly name: 'offered';
  readonly offered: readonly OfferedFile[];
  /** True if nothing else is in progress. */
  readonly isAlone: boolean;
  readonly failure?: Failure;
}

export interface DrawingState {
  readonly name: 'drawing' | 'waiting';
  readonly exchange: Exchange;
  /** A message that does not end the wait. */
  readonly failure?: Failure;
}

export interface ArrivedState extends Incoming {
  readonly name: 'arrived';
  readonly bytes: Blob;
  /** False if the browser has no SHA-256, so that only the size was compared. */
  readonly isVerified: boolean;
  readonly isSaved: boolean;
}

export type ExchangeEvent =
  | { readonly type: 'selected'; readonly keyedFile: KeyedFile }
  | { readonly type: 'shared'; readonly offered: readonly OfferedFile[] }
  | ({ readonly type: 'offered'; readonly offered: readonly OfferedFile[] } & Omit<FileSelection, 'files'>)
  | { readonly type: 'offer-removed'; readonly key: string }
  /** The gift failed. `keyedFile` is set if a retry may help. */
  | { readonly type: 'refused'; readonly failure: Failure; readonly keyedFile?: KeyedFile }
  | { readonly type: 'given'; readonly exchange: Exchange; readonly failure?: Failure }
  | { readonly type: 'draw-free' }
  | { readonly type: 'pool-empty' }
  | { readonly type: 'warned'; readonly failure: Failure }
  /** The device is online again. */
  | { readonly type: 'reconnected' }
  | { readonly type: 'drawn'; readonly parcel: Parcel; readonly response?: Response }
  | { readonly type: 'interrupted'; readonly partial: PartialDownload; readonly failure: Failure }
  | { readonly type: 'resumed' }
  /** The delivery cannot be fetched any more. With a ticket the page draws again. */
  | { readonly type: 'delivery-lost'; readonly failure: Failure }
  | { readonly type: 'arrived'; readonly bytes: Blob; readonly isVerified: boolean }
  | { readonly type: 'saved' }
  /** The exchange is over; `next` is what the stage shows then. */
  | { readonly type: 'ended'; readonly failure?: Failure; readonly next?: NextStep }
  /** The visitor opens another pending exchange or the batch. */
  | { readonly type: 'switched'; readonly to: PendingExchange | 'batch' };

export type Dispatch = (event: ExchangeEvent) => void;

/** Returns the state after an event. An event that comes too late for the state changes nothing. */
export function exchangeReducer(state: ExchangeState, event: ExchangeEvent): ExchangeState {
  switch (event.type) {
    case 'selected':
      return canGive(state) ? { name: 'giving', keyedFile: event.keyedFile } : state;
    case 'shared':
      return canAskAboutShared(state)
        ? { name: 'offered', offered: event.offered, isAlone: state.name === 'idle', ...withFailure(state) }
        : state;
    case 'offered':
      return canSwitch(state) ? withOffer(state, event) : state;
    case 'offer-removed':
      return state.name === 'offered'
        ? { ...state, offered: state.offered.filter(({ key }) => key !== event.key) }
        : state;
    case 'refused':
      return afterRefusal(state, event);
    case 'given':
      return state.name === 'giving' ? { name: 'drawing', exchange: event.exchange, ...withFailure(event) } : state;
    case 'draw-free':
      return canGive(state) ? { name: 'drawing-free' } : state;
    case 'pool-empty':
      return state.name === 'drawing' ? { ...state, name: 'waiting' } : state;
    case 'warned':
      return isDrawing(state) || state.name === 'batch' || state.name === 'idle'
        ? { ...state, failure: event.failure }
        : state;
    case 'reconnected':
      return withoutOutage(state);
    case 'drawn':
      return afterDraw(state, event);
    case 'saved':
      return state.name === 'arrived' ? { ...state, isSaved: true } : state;
    case 'ended':
      return event.next ? { ...stateFor(event.next), ...withFailure(event) } : { name: 'idle', ...withFailure(event) };
    case 'switched':
      return canSwitch(state) ? stateFor(event.to) : state;
    default:
      return afterDelivery(state, event);
  }
}

/** True if a gift can begin: nothing is in progress, and no unsaved file would be lost. */
export function canGive(state: ExchangeState): boolean {
  if (state.name === 'offered') return state.isAlone;
  return state.name === 'idle' || (state.name === 'arrived' && state.isSaved);
}

/** True if another exchange can be shown without a loss. A waiting ticket goes on waiting unseen. */
export function canSwitch(state: ExchangeState): boolean {
  return canGive(state) || isDrawing(state) || state.name === 'batch' || state.name === 'offered';
}

/** True if the page can ask about shared files without replacing a file, a message or a transfer. */
export function canAskAboutShared(
  state: ExchangeState,
): state is Extract<ExchangeState, { name: 'idle' | 'waiting' | 'batch' }> {
  if (state.name === 'idle') return !state.keyedFile;
  return state.name === 'waiting' || state.name === 'batch';
}

/** The state to resume after a reload. */
export function stateFor(pending: NextStep): ExchangeState {
  if (pending === undefined) return { name: 'idle' };
  if (pending === 'batch') return { name: 'batch' };
  if ('exchange' in pending) return { name: 'drawing', exchange: pending.exchange };
  return { name: 'receiving', parcel: pending.parcel, exchange: undefined };
}

/** The ticket, or the URL of a free draw's delivery. */
export function pendingKey(pending: PendingExchange): string {
  return 'exchange' in pending ? pending.exchange.ticket : pending.parcel.url;
}

/** The pending exchange that the stage shows. */
export function pendingIn(state: ExchangeState): PendingExchange | undefined {
  if ('exchange' in state && state.exchange) return { exchange: state.exchange };
  return 'parcel' in state ? { parcel: state.parcel } : undefined;
}

const withFailure = ({ failure }: { readonly failure?: Failure }) => (failure ? { failure } : {});

/** "We cannot reach the exchange" is no longer true. */
function withoutOutage(state: ExchangeState): ExchangeState {
  if (state.name === 'interrupted' || !('failure' in state) || state.failure?.code !== 'not-reached') return state;
  const { failure: _over, ...rest } = state;
  return rest;
}

const isDrawing = (state: ExchangeState): state is DrawingState => state.name === 'drawing' || state.name === 'waiting';

/** True if all of it came through the share target. */
export const isSharedOffer = ({ offered }: Pick<OfferState, 'offered'>): boolean =>
  offered.every(({ isShared }) => isShared);

/** Files that are chosen while the page asks about others join them. */
function withOffer(
  state: ExchangeState,
  { type: _type, ...event }: Extract<ExchangeEvent, { type: 'offered' }>,
): OfferState {
  if (state.name !== 'offered') return { name: 'offered', isAlone: canGive(state), ...event };
  return {
    ...state,
    offered: [...state.offered, ...event.offered],
    leftOut: (state.leftOut ?? 0) + (event.leftOut ?? 0),
    unreadable: (state.unreadable ?? 0) + (event.unreadable ?? 0),
    isTruncated: state.isTruncated || event.isTruncated || false,
  };
}

function afterRefusal(
  state: ExchangeState,
  { failure, keyedFile }: Extract<ExchangeEvent, { type: 'refused' }>,
): ExchangeState {
  if (!canGive(state) && state.name !== 'giving' && state.name !== 'drawing-free') return state;
  return { name: 'idle', failure, ...(keyedFile ? { keyedFile } : {}) };
}

function afterDraw(
  state: ExchangeState,
  { parcel, response }: Extract<ExchangeEvent, { type: 'drawn' }>,
): ExchangeState {
  if (isDrawing(state)) return { name: 'receiving', parcel, exchange: state.exchange };
  if (state.name !== 'drawing-free') return state;
  return { name: 'receiving', parcel, exchange: undefined, ...(response ? { response } : {}) };
}

type DeliveryEvent = Extract<ExchangeEvent, { type: 'interrupted' | 'resumed' | 'delivery-lost' | 'arrived' }>;

function afterDelivery(state: ExchangeState, event: DeliveryEvent): ExchangeState {
  if (state.name !== 'receiving' && state.name !== 'interrupted') return state;
  const { parcel, exchange } = state;
  switch (event.type) {
    case 'interrupted':
      return {
        name: 'interrupted',
        parcel,
        exchange,
        partial: event.partial,
        failure: event.failure,
      };
    case 'resumed':
      return state.name === 'interrupted' ? { name: 'receiving', parcel, exchange, partial: state.partial } : state;
    case 'delivery-lost':
      return exchange
        ? { name: 'drawing', exchange, failure: event.failure }
        : { name: 'idle', failure: { code: 'parcel-gone' } };
    case 'arrived': {
      const { bytes, isVerified } = event;
      return { name: 'arrived', parcel, exchange, bytes, isVerified, isSaved: false };
    }
  }
}
