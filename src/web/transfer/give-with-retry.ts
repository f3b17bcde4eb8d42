/** Gives a file, again and again while the connection breaks; the exchange takes it once, by its key. */

import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { failureOf, isOutcomeUnknown } from '../failures.ts';
import type { KeyedFile } from '../state/exchange.ts';
import { pauseOrOnline } from './download.ts';
import { fetchWithProgress } from './upload.ts';

export interface GiveWithRetryOptions {
  readonly giver: string | undefined;
  readonly signal: AbortSignal;
  /** Calls back with the share that has left, 0 to 1, and whether an earlier attempt was lost. */
  onProgress(share: number, isAgain: boolean): void;
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly send?: typeof fetchWithProgress;
}

/** How long to wait before sending it again, in milliseconds. */
const pauses = [1_000, 2_000, 4_000, 8_000];

/** Throws the service's `Problem`, or the last broken connection when the line stays down. */
export async function giveWithRetry(
  client: Client,
  { file, key }: KeyedFile,
  {
    giver,
    signal,
    onProgress,
    pause = pauseOrOnline,
    send = fetchWithProgress,
  }: GiveWithRetryOptions,
): Promise<ExchangeAnswer> {
  for (let attempt = 0; ; attempt++) {
    try {
      const report = (share: number) => onProgress(share, attempt > 0);
      return await client.give(
        { name: file.name, bytes: file },
        { giver, key, signal, send: send(report) },
      );
    } catch (error) {
      const wait = pauses[attempt];
      if (signal.aborted || wait === undefined || !isOutcomeUnknown(failureOf(error))) throw error;
      onProgress(0, true);
      await pause(wait, signal);
      signal.throwIfAborted();
    }
  }
}

/** Bits enough that nobody ever has the same. */
const keyBytes = 24;

export function createIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(keyBytes));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
