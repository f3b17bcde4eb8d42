import { assertKey, shardOf } from './keys.ts';

/** Response headers for the server that sends the bytes. */
export interface OffloadHeaders {
  /** Media type. */
  readonly type: string;
  /** The full value of `Content-Disposition`. */
  readonly disposition: string;
  readonly cacheControl: string;
}

/** Source of offloaded bytes: a URL for the receiver (S3), or a path for `X-Accel-Redirect` (nginx). */
export type OffloadTarget = { readonly location: string } | { readonly accel: string };

/** Optional ability of a vault: another server sends the bytes. Whether they arrive is unknown. */
export interface Offloader {
  /** True if it can send a gift of this size in bytes. */
  canSend(size: number): boolean;
  createTarget(key: string, headers: OffloadHeaders): Promise<OffloadTarget>;
}

/**
 * Offloads to an nginx whose internal location `prefix` maps to the folder of gifts. Gifts up to `maxSmallFileSize` bytes may
 * have no file. See https://nginx.org/en/docs/http/ngx_http_core_module.html#internal
 */
export const createAccelOffloader = (prefix: string, maxSmallFileSize: number): Offloader => ({
  canSend: (size) => size > maxSmallFileSize,
  createTarget: async (key) => {
    assertKey(key);
    return { accel: `${prefix}${shardOf(key)}/${key}` };
  },
});
