/** Gives a file and retries while the connection breaks. The idempotency key makes all attempts one gift. */

import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { failureOf, isOutcomeUnknown } from '../failures.ts';
import type { KeyedFile } from '../state/exchange.ts';
import type { ChosenOptions } from '../state/give-options.ts';
import { pauseOrOnline } from './download.ts';
import { fetchWithProgress } from './upload.ts';

export interface GiveWithRetryOptions extends ChosenOptions {
  readonly signal: AbortSignal;
  /** Reports the share that is sent, 0 to 1, and whether this is a retry. */
  onProgress(share: number, isAgain: boolean): void;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly send?: typeof fetchWithProgress;
}

/** Delays of the retries, in milliseconds. */
const retryDelaysMs = [1_000, 2_000, 4_000, 8_000];

/** Throws the service's `Problem`, or the last network error once the retries are used up. */
export async function giveWithRetry(
  client: Client,
  { file, key }: KeyedFile,
  { signal, onProgress, pause = pauseOrOnline, send = fetchWithProgress, ...chosen }: GiveWithRetryOptions,
): Promise<ExchangeAnswer> {
  for (let attempt = 0; ; attempt++) {
    try {
      const reportShare = (share: number) => onProgress(share, attempt > 0);
      return await client.give({ name: file.name, bytes: file }, { ...chosen, key, signal, send: send(reportShare) });
    } catch (error) {
      const wait = retryDelaysMs[attempt];
      if (signal.aborted || wait === undefined || !isOutcomeUnknown(failureOf(error))) throw error;
      onProgress(0, true);
      await pause(wait, signal);
      signal.throwIfAborted();
    }
  }
}

/** 192 random bits: keys never collide. */
const keyBytes = 24;

/** A random key in hexadecimal. */
export function createIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(keyBytes));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
