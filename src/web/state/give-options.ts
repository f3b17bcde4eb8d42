/** The options of a gift, from what the visitor chose. */
import type { WishQuery } from '../../contract/client.ts';
import type { KeyedFile } from './exchange.ts';
import type { LocalStore } from './storage.ts';

export interface ChosenOptions {
  readonly giver: string | undefined;
  readonly wish: WishQuery | undefined;
  /** A shorter life. */
  readonly expires: string | undefined;
  /** Removes what the file says about its giver. */
  readonly stripMetadata: boolean;
}

/** The shorter lives that the page offers, in days. */
export const lives = ['1d', '3d', '7d'] as const;

export const daysOf = (life: string): number => Number.parseInt(life, 10);

const isOff = (choice: string | undefined) => choice === 'off';

/** The visitor's choices for all files, and for this one. */
export const chosenOptions = (
  store: Pick<LocalStore, 'giver' | 'choice'>,
  { isAsItIs }: Pick<KeyedFile, 'isAsItIs'>,
): ChosenOptions => ({
  giver: store.giver(),
  wish: store.choice('wish') === 'kind' ? { match: 'kind' } : undefined,
  expires: lives.find((life) => life === store.choice('life')),
  stripMetadata: !isAsItIs && !isOff(store.choice('strip')) && !isOff(store.choice('blind')),
});
