/** Gives a file and retries while the connection breaks. The idempotency key makes all attempts one gift. */

import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { failureOf, isOutcomeUnknown, PageError } from '../failures.ts';
import { isReadable } from '../files/selected-files.ts';
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

type GivingClient = Pick<Client, 'give' | 'given'>;

/** Delays of the retries, in milliseconds. */
const retryDelaysMs = [1_000, 2_000, 4_000, 8_000];

/** How long an answer may take after the last byte before the page asks what became of the gift, and asks again. */
const askDelayMs = 30_000;

/** Throws the service's `Problem`, `unreadable` for a file that has changed, or the last network error. */
export async function giveWithRetry(
  client: GivingClient,
  keyedFile: KeyedFile,
  options: GiveWithRetryOptions,
): Promise<ExchangeAnswer> {
  const { signal, onProgress, pause = pauseOrOnline } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return await giveOnce(client, keyedFile, attempt > 0, options);
    } catch (error) {
      if (signal.aborted || !isOutcomeUnknown(failureOf(error))) throw error;
      // A browser reports a file that has changed like a broken connection.
      if (!(await isReadable(keyedFile.file))) throw new PageError('unreadable');
      const wait = retryDelaysMs[attempt];
      if (wait === undefined) throw error;
      onProgress(0, true);
      await pause(wait, signal);
      signal.throwIfAborted();
    }
  }
}

/** Sends the file once. If the answer is late, asks by the key whether the gift is there. */
async function giveOnce(
  client: GivingClient,
  { file, key }: KeyedFile,
  isAgain: boolean,
  { signal, onProgress, pause = pauseOrOnline, send = fetchWithProgress, ...chosen }: GiveWithRetryOptions,
): Promise<ExchangeAnswer> {
  const attempt = new AbortController();
  const stop = () => attempt.abort();
  signal.addEventListener('abort', stop);
  try {
    return await new Promise<ExchangeAnswer>((resolve, reject) => {
      const reportShare = (share: number) => {
        onProgress(share, isAgain);
        if (share >= 1) void askForAnswer().then(resolve, () => undefined);
      };
      const askForAnswer = async () => {
        for (;;) {
          await pause(askDelayMs, attempt.signal);
          attempt.signal.throwIfAborted();
          const asked = { giver: chosen.giver, key, signal: attempt.signal };
          const answer = await client.given(asked).catch(() => undefined);
          if (answer) return answer;
        }
      };
      const sending = { ...chosen, key, signal: attempt.signal, send: send(reportShare) };
      client.give({ name: file.name, bytes: file }, sending).then(resolve, reject);
    });
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
