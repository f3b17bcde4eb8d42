/** One of many files, and how it stands. */
import type { TicketStatus } from '../../contract/api/schemas.ts';
import type { Why } from '../failures.ts';
import type { Offering } from '../transfer/give-with-retry.ts';
import type { Exchange, Owed, Parcel } from './exchange.ts';
import type { End } from './history.ts';

export type TicketState = TicketStatus['state'];

export type Standing =
  | { readonly name: 'queued' }
  | { readonly name: 'sending'; readonly share: number; readonly isAgain: boolean }
  | { readonly name: 'given'; readonly exchange: Exchange; readonly ticket?: TicketState }
  /** A stranger's file that was taken without giving, and is not saved yet. */
  | { readonly name: 'taken'; readonly parcel: Parcel }
  /** Nothing is owed for it any more. */
  | { readonly name: 'ended'; readonly end: End }
  /** It has the same bytes as a file of that name. */
  | { readonly name: 'duplicate'; readonly of: string }
  | { readonly name: 'refused' | 'failed' | 'cancelled'; readonly why: Why };

export interface Item {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** Nothing for what this browser still knows from before. */
  readonly offering?: Offering;
  /** To be given although another has the same bytes. */
  readonly isMeant?: boolean;
  readonly standing: Standing;
}

/** What is owed for an item, and can be brought to the stage. */
export function owedFor({ standing }: Item): Owed | undefined {
  if (standing.name === 'given') return { exchange: standing.exchange };
  return standing.name === 'taken' ? { parcel: standing.parcel } : undefined;
}

/** Whether its bytes are on their way, or will be. */
export const isOnItsWay = ({ standing: { name } }: Item): boolean =>
  name === 'queued' || name === 'sending';

/** Whether there is something left to do about it. */
export const isUnsettled = (item: Item): boolean =>
  isOnItsWay(item) || item.standing.name === 'failed' || owedFor(item) !== undefined;

/** Whether it has reached the exchange, whatever became of it there. */
export const wasGiven = ({ standing: { name } }: Item): boolean =>
  name === 'given' || name === 'ended';
