/** Where an exchange stands and what can happen next: pure, so that every step can be tested without a browser. */
import type { Delivery, Gift } from '../../contract/api/schemas.ts';
import type { Failure } from '../failures.ts';
import type { SharedFile } from '../service-worker/shared-files.ts';

/** A file to give, and the idempotency key that makes a repeated upload one gift. */
export interface KeyedFile {
  readonly file: File;
  readonly key: string;
}

/** The bytes of a delivery that have arrived, from the first on. */
export interface PartialDownload {
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly size: number;
}

/** Our half of an exchange: what we gave, and the ticket that it earned. */
export interface Exchange {
  readonly ticket: string;
  readonly gift: Pick<Gift, 'name' | 'size'> & Partial<Pick<Gift, 'kind' | 'sha256'>>;
}

/** A stranger's file on its way to us. Of one that was taken without giving we may not have been told more. */
export type Parcel = Pick<Delivery, 'url' | 'name' | 'size'> &
  Partial<Pick<Delivery, 'kind' | 'sha256' | 'given_at'>>;

/** What is still owed to us: the draw of an exchange, or a parcel that was taken without giving. */
export type PendingExchange = { readonly exchange: Exchange } | { readonly parcel: Parcel };

/** What the stage turns to: one thing that is owed, the view of many, or the counter. */
export type NextStep = PendingExchange | 'batch' | undefined;

/** A parcel that is ours by an exchange, or was taken without one. */
interface Incoming {
  readonly parcel: Parcel;
  readonly exchange: Exchange | undefined;
}

export type ExchangeState =
  | { readonly name: 'idle'; readonly failure?: Failure; readonly keyedFile?: KeyedFile }
  | SharingState
  | { readonly name: 'giving'; readonly keyedFile: KeyedFile }
  | { readonly name: 'drawing-free' }
  /** All that is on its way or owed, in one view. */
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

/** Files that a device shared: whether to give them is asked first. */
export interface SharingState {
  readonly name: 'shared';
  readonly shared: readonly SharedFile[];
  /** Whether nothing else is under way. */
  readonly isAlone: boolean;
  readonly failure?: Failure;
}

export interface DrawingState {
  readonly name: 'drawing' | 'waiting';
  readonly exchange: Exchange;
  /** Something that the giver should know meanwhile. */
  readonly failure?: Failure;
}

export interface ArrivedState extends Incoming {
  readonly name: 'arrived';
  readonly bytes: Blob;
  /** Whether the bytes were compared with their SHA-256, not only counted. */
  readonly isVerified: boolean;
  readonly isSaved: boolean;
}

export type ExchangeEvent =
  | { readonly type: 'selected'; readonly keyedFile: KeyedFile }
  | { readonly type: 'shared'; readonly shared: readonly SharedFile[] }
  /** It does not go through; the file is kept in the hand where trying again may help. */
  | { readonly type: 'refused'; readonly failure: Failure; readonly keyedFile?: KeyedFile }
  | { readonly type: 'given'; readonly exchange: Exchange; readonly failure?: Failure }
  | { readonly type: 'draw-free' }
  | { readonly type: 'pool-empty' }
  | { readonly type: 'warned'; readonly failure: Failure }
  | { readonly type: 'drawn'; readonly parcel: Parcel; readonly response?: Response }
  | { readonly type: 'interrupted'; readonly partial: PartialDownload; readonly failure: Failure }
  | { readonly type: 'resumed' }
  /** The delivery came to nothing: with a ticket we draw anew. */
  | { readonly type: 'delivery-lost'; readonly failure: Failure }
  | { readonly type: 'arrived'; readonly bytes: Blob; readonly isVerified: boolean }
  | { readonly type: 'saved' }
  /** The exchange is over, one way or another; the next that is owed to us has its turn. */
  | { readonly type: 'ended'; readonly failure?: Failure; readonly next?: NextStep }
  /** Somebody wants to see another thing that is owed to them. */
  | { readonly type: 'switched'; readonly to: PendingExchange | 'batch' };

export type Dispatch = (event: ExchangeEvent) => void;

/** The state after an event; an event that comes too late for the state changes nothing. */
export function exchangeReducer(state: ExchangeState, event: ExchangeEvent): ExchangeState {
  switch (event.type) {
    case 'selected':
      return canGive(state) ? { name: 'giving', keyedFile: event.keyedFile } : state;
    case 'shared':
      return canAskAboutShared(state)
        ? { name: 'shared', shared: event.shared, isAlone: state.name === 'idle', ...noted(state) }
        : state;
    case 'refused':
      return refuse(state, event);
    case 'given':
      return state.name === 'giving'
        ? { name: 'drawing', exchange: event.exchange, ...noted(event) }
        : state;
    case 'draw-free':
      return canGive(state) ? { name: 'drawing-free' } : state;
    case 'pool-empty':
      return state.name === 'drawing' ? { ...state, name: 'waiting' } : state;
    case 'warned':
      return isDrawing(state) || state.name === 'batch'
        ? { ...state, failure: event.failure }
        : state;
    case 'drawn':
      return draw(state, event);
    case 'saved':
      return state.name === 'arrived' ? { ...state, isSaved: true } : state;
    case 'ended':
      return event.next
        ? { ...stateFor(event.next), ...noted(event) }
        : { name: 'idle', ...noted(event) };
    case 'switched':
      return canSwitch(state) ? stateFor(event.to) : state;
    default:
      return deliver(state, event);
  }
}

/** Whether a new gift may begin: nothing is under way, and no unsaved file would be dropped. */
export function canGive(state: ExchangeState): boolean {
  if (state.name === 'shared') return state.isAlone;
  return state.name === 'idle' || (state.name === 'arrived' && state.isSaved);
}

/** Whether nothing is lost when another thing is shown: whoever waits goes on waiting unseen. */
export function canSwitch(state: ExchangeState): boolean {
  return canGive(state) || isDrawing(state) || state.name === 'batch' || state.name === 'shared';
}

/** Whether somebody may be asked about another file now, and nothing that they try or look at is swept away. */
export function canAskAboutShared(
  state: ExchangeState,
): state is Extract<ExchangeState, { name: 'idle' | 'waiting' | 'batch' }> {
  if (state.name === 'idle') return !state.keyedFile;
  return state.name === 'waiting' || state.name === 'batch';
}

/** Where to go on after a reload. */
export function stateFor(pending: NextStep): ExchangeState {
  if (pending === undefined) return { name: 'idle' };
  if (pending === 'batch') return { name: 'batch' };
  if ('exchange' in pending) return { name: 'drawing', exchange: pending.exchange };
  return { name: 'receiving', parcel: pending.parcel, exchange: undefined };
}

/** What tells two debts apart. */
export function pendingKey(pending: PendingExchange): string {
  return 'exchange' in pending ? pending.exchange.ticket : pending.parcel.url;
}

/** What is owed in this state, to be forgotten when it is over. */
export function pendingIn(state: ExchangeState): PendingExchange | undefined {
  if ('exchange' in state && state.exchange) return { exchange: state.exchange };
  return 'parcel' in state ? { parcel: state.parcel } : undefined;
}

const noted = ({ failure }: { readonly failure?: Failure }) => (failure ? { failure } : {});

const isDrawing = (state: ExchangeState): state is DrawingState =>
  state.name === 'drawing' || state.name === 'waiting';

function refuse(
  state: ExchangeState,
  { failure, keyedFile }: Extract<ExchangeEvent, { type: 'refused' }>,
): ExchangeState {
  if (!canGive(state) && state.name !== 'giving' && state.name !== 'drawing-free') return state;
  return { name: 'idle', failure, ...(keyedFile ? { keyedFile } : {}) };
}

function draw(
  state: ExchangeState,
  { parcel, response }: Extract<ExchangeEvent, { type: 'drawn' }>,
): ExchangeState {
  if (isDrawing(state)) return { name: 'receiving', parcel, exchange: state.exchange };
  if (state.name !== 'drawing-free') return state;
  return { name: 'receiving', parcel, exchange: undefined, ...(response ? { response } : {}) };
}

type OfDelivery = Extract<
  ExchangeEvent,
  { type: 'interrupted' | 'resumed' | 'delivery-lost' | 'arrived' }
>;

function deliver(state: ExchangeState, event: OfDelivery): ExchangeState {
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
      return state.name === 'interrupted'
        ? { name: 'receiving', parcel, exchange, partial: state.partial }
        : state;
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
