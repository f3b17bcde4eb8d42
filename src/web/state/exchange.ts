/** Where an exchange stands and what can happen next: pure, so that every step can be tested without a browser. */
import type { Delivery, Gift } from '../../contract/api/schemas.ts';
import type { Why } from '../failures.ts';
import type { SharedFile } from '../service-worker/shared-files.ts';
import type { Part } from '../transfer/download.ts';
import type { Offering } from '../transfer/give-with-retry.ts';

/** Our half of an exchange: what we gave, and the ticket that it earned. */
export interface Exchange {
  readonly ticket: string;
  readonly gift: Pick<Gift, 'name' | 'size'> & Partial<Pick<Gift, 'kind' | 'sha256'>>;
}

/** A stranger's file on its way to us. Of one that was taken without giving we may not have been told more. */
export type Parcel = Pick<Delivery, 'url' | 'name' | 'size'> &
  Partial<Pick<Delivery, 'kind' | 'sha256' | 'given_at'>>;

/** What is still owed to us: the draw of an exchange, or a parcel that was taken without giving. */
export type Owed = { readonly exchange: Exchange } | { readonly parcel: Parcel };

/** What the stage turns to: one thing that is owed, the view of many, or the counter. */
export type Next = Owed | 'many' | undefined;

/** A parcel that is ours by an exchange, or was taken without one. */
interface Coming {
  readonly parcel: Parcel;
  readonly exchange: Exchange | undefined;
}

export type State =
  | { readonly name: 'idle'; readonly why?: Why; readonly offering?: Offering }
  | Asking
  | { readonly name: 'giving'; readonly offering: Offering }
  | { readonly name: 'taking' }
  /** All that is on its way or owed, in one view. */
  | { readonly name: 'many'; readonly why?: Why }
  | Drawing
  | ({ readonly name: 'receiving'; readonly part?: Part; readonly first?: Response } & Coming)
  | ({ readonly name: 'broken'; readonly part: Part; readonly why: Why } & Coming)
  | Arrived;

/** Files that a device shared: whether to give them is asked first. */
export interface Asking {
  readonly name: 'shared';
  readonly shared: readonly SharedFile[];
  /** Whether nothing else is under way. */
  readonly isAlone: boolean;
  readonly why?: Why;
}

export interface Drawing {
  readonly name: 'drawing' | 'waiting';
  readonly exchange: Exchange;
  /** Something that the giver should know meanwhile. */
  readonly why?: Why;
}

export interface Arrived extends Coming {
  readonly name: 'arrived';
  readonly bytes: Blob;
  /** Whether the bytes were compared with their SHA-256, not only counted. */
  readonly checked: boolean;
  readonly saved: boolean;
}

export type Event =
  | { readonly type: 'offered'; readonly offering: Offering }
  | { readonly type: 'shared'; readonly shared: readonly SharedFile[] }
  /** It does not go through; the file is kept in the hand where trying again may help. */
  | { readonly type: 'refused'; readonly why: Why; readonly offering?: Offering }
  | { readonly type: 'given'; readonly exchange: Exchange; readonly why?: Why }
  | { readonly type: 'take' }
  | { readonly type: 'nothing' }
  | { readonly type: 'noted'; readonly why: Why }
  | { readonly type: 'drawn'; readonly parcel: Parcel; readonly first?: Response }
  | { readonly type: 'broke'; readonly part: Part; readonly why: Why }
  | { readonly type: 'carried-on' }
  /** The delivery came to nothing: with a ticket we draw anew. */
  | { readonly type: 'lapsed'; readonly why: Why }
  | { readonly type: 'arrived'; readonly bytes: Blob; readonly checked: boolean }
  | { readonly type: 'saved' }
  /** The exchange is over, one way or another; the next that is owed to us has its turn. */
  | { readonly type: 'ended'; readonly why?: Why; readonly next?: Next }
  /** Somebody wants to see another thing that is owed to them. */
  | { readonly type: 'turned'; readonly to: Owed | 'many' };

export type Dispatch = (event: Event) => void;

/** The state after an event; an event that comes too late for the state changes nothing. */
export function next(state: State, event: Event): State {
  switch (event.type) {
    case 'offered':
      return isFree(state) ? { name: 'giving', offering: event.offering } : state;
    case 'shared':
      return mayAsk(state)
        ? { name: 'shared', shared: event.shared, isAlone: state.name === 'idle', ...noted(state) }
        : state;
    case 'refused':
      return refuse(state, event);
    case 'given':
      return state.name === 'giving'
        ? { name: 'drawing', exchange: event.exchange, ...noted(event) }
        : state;
    case 'take':
      return isFree(state) ? { name: 'taking' } : state;
    case 'nothing':
      return state.name === 'drawing' ? { ...state, name: 'waiting' } : state;
    case 'noted':
      return isDrawing(state) || state.name === 'many' ? { ...state, why: event.why } : state;
    case 'drawn':
      return draw(state, event);
    case 'saved':
      return state.name === 'arrived' ? { ...state, saved: true } : state;
    case 'ended':
      return event.next
        ? { ...restore(event.next), ...noted(event) }
        : { name: 'idle', ...noted(event) };
    case 'turned':
      return mayTurn(state) ? restore(event.to) : state;
    default:
      return deliver(state, event);
  }
}

/** Whether a new gift may begin: nothing is under way, and no unsaved file would be dropped. */
export function isFree(state: State): boolean {
  if (state.name === 'shared') return state.isAlone;
  return state.name === 'idle' || (state.name === 'arrived' && state.saved);
}

/** Whether nothing is lost when another thing is shown: whoever waits goes on waiting unseen. */
export function mayTurn(state: State): boolean {
  return isFree(state) || isDrawing(state) || state.name === 'many' || state.name === 'shared';
}

/** Whether somebody may be asked about another file now, and nothing that they try or look at is swept away. */
export function mayAsk(
  state: State,
): state is Extract<State, { name: 'idle' | 'waiting' | 'many' }> {
  if (state.name === 'idle') return !state.offering;
  return state.name === 'waiting' || state.name === 'many';
}

/** Where to go on after a reload. */
export function restore(owed: Next): State {
  if (owed === undefined) return { name: 'idle' };
  if (owed === 'many') return { name: 'many' };
  if ('exchange' in owed) return { name: 'drawing', exchange: owed.exchange };
  return { name: 'receiving', parcel: owed.parcel, exchange: undefined };
}

/** What tells two debts apart. */
export function keyOf(owed: Owed): string {
  return 'exchange' in owed ? owed.exchange.ticket : owed.parcel.url;
}

/** What is owed in this state, to be forgotten when it is over. */
export function owedIn(state: State): Owed | undefined {
  if ('exchange' in state && state.exchange) return { exchange: state.exchange };
  return 'parcel' in state ? { parcel: state.parcel } : undefined;
}

const noted = ({ why }: { readonly why?: Why }) => (why ? { why } : {});

const isDrawing = (state: State): state is Drawing =>
  state.name === 'drawing' || state.name === 'waiting';

function refuse(state: State, { why, offering }: Extract<Event, { type: 'refused' }>): State {
  if (!isFree(state) && state.name !== 'giving' && state.name !== 'taking') return state;
  return { name: 'idle', why, ...(offering ? { offering } : {}) };
}

function draw(state: State, { parcel, first }: Extract<Event, { type: 'drawn' }>): State {
  if (isDrawing(state)) return { name: 'receiving', parcel, exchange: state.exchange };
  if (state.name !== 'taking') return state;
  return { name: 'receiving', parcel, exchange: undefined, ...(first ? { first } : {}) };
}

type OfDelivery = Extract<Event, { type: 'broke' | 'carried-on' | 'lapsed' | 'arrived' }>;

function deliver(state: State, event: OfDelivery): State {
  if (state.name !== 'receiving' && state.name !== 'broken') return state;
  const { parcel, exchange } = state;
  switch (event.type) {
    case 'broke':
      return { name: 'broken', parcel, exchange, part: event.part, why: event.why };
    case 'carried-on':
      return state.name === 'broken'
        ? { name: 'receiving', parcel, exchange, part: state.part }
        : state;
    case 'lapsed':
      return exchange
        ? { name: 'drawing', exchange, why: event.why }
        : { name: 'idle', why: { code: 'parcel-gone' } };
    case 'arrived': {
      const { bytes, checked } = event;
      return { name: 'arrived', parcel, exchange, bytes, checked, saved: false };
    }
  }
}
