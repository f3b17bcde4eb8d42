import { assertKey, shardOf } from './keys.ts';

/** What is said of a gift by who sends its bytes. */
export interface OffloadHeaders {
  /** Its media type. */
  readonly type: string;
  /** The whole `Content-Disposition`. */
  readonly disposition: string;
  readonly cacheControl: string;
}

/** Where the bytes of a gift come from when not from us: an address for its receiver, or a path for the nginx before us. */
export type OffloadTarget = { readonly location: string } | { readonly accel: string };

/** What some vaults can besides: let somebody else send the bytes of a gift. Nobody learns whether they arrive. */
export interface Offloader {
  /** Whether it can send a gift of so many bytes. */
  takes(size: number): boolean;
  locate(key: string, as: OffloadHeaders): Promise<OffloadTarget>;
}

/**
 * Lets the nginx that stands before us send from the folder of the disk vault, which it knows by a prefix of its own; gifts
 * up to so many bytes may have no file there.
 */
export const createAccelOffloader = (prefix: string, largestBundled: number): Offloader => ({
  takes: (size) => size > largestBundled,
  locate: async (key) => {
    assertKey(key);
    return { accel: `${prefix}${shardOf(key)}/${key}` };
  },
});
