import type { ExchangeAnswer } from '../../../contract/api/schemas.ts';
import type { Client } from '../../../contract/client.ts';
import { createLocalStore } from '../../state/storage.ts';
import type { giveWithRetry } from '../../transfer/give-with-retry.ts';
import { BatchUploader } from '../uploader.ts';

interface SentFile {
  readonly name: string;
  readonly key: string;
  readonly giver: string | undefined;
  readonly stripMetadata: boolean | undefined;
  readonly signal: AbortSignal;
  onProgress(share: number, isAgain?: boolean): void;
  give(): void;
  fail(error: Error): void;
}

const at = '2026-03-01T12:00:00.000Z';

/** An uploader whose files succeed or fail as the test says, on a clock that the test moves. */
export function createUploadScene(options: { giver?: string; isForgetful?: boolean } = {}) {
  const store = createLocalStore(options.isForgetful ? undefined : createMemoryStorage());
  if (options.giver) store.saveGiver(options.giver);
  const sent: SentFile[] = [];
  const clock = createClock();
  const uploader = new BatchUploader({
    client: {} as Client,
    store,
    give: recordInto(sent),
    now: clock.now,
    pause: clock.pause,
    fingerprint: (file) => file.text(),
  });
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
  return {
    uploader,
    store,
    sent,
    pauses: clock.pauses,
    settle,
    names: () => sent.map(({ name }) => name),
    add: async (...files: File[]) => {
      uploader.add({ files });
      await settle();
    },
    /** Settles one upload and what follows from it. */
    end: async (name: string, error?: Error) => {
      const one = sent.findLast((sending) => sending.name === name);
      if (error) one?.fail(error);
      else one?.give();
      await settle();
    },
    wake: async () => {
      clock.wake();
      await settle();
    },
    status: (name: string) => uploader.batch.items.find((item) => item.name === name)?.status ?? { name: 'not there' },
    id: (name: string) => uploader.batch.items.find((item) => item.name === name)?.id ?? '',
  };
}

/** A `giveWithRetry` that only records its calls; the test settles each. */
const recordInto =
  (sent: SentFile[]): typeof giveWithRetry =>
  (_client, { file, key }, { giver, stripMetadata, signal, onProgress }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      sent.push({
        name: file.name,
        key,
        giver,
        stripMetadata,
        signal,
        onProgress: (share, isAgain = false) => onProgress(share, isAgain),
        give: () => resolve(answerFor(file, key)),
        fail: reject,
      });
    });

/** A clock that moves by the length of a pause when `wake` ends it. */
function createClock() {
  const pauses: number[] = [];
  let time = 0;
  let wake: () => void = () => undefined;
  return {
    pauses,
    now: () => time,
    wake: () => wake(),
    pause: (milliseconds: number) => {
      pauses.push(milliseconds);
      return new Promise<void>((resolve) => {
        wake = () => {
          time += milliseconds;
          resolve();
        };
      });
    },
  };
}

function createMemoryStorage() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

const answerFor = ({ name, size }: File, key: string): ExchangeAnswer => ({
  ticket: `ticket of ${key}`,
  giver: `giver of ${name}`,
  expires_at: at,
  gift: { name, size, mime_type: 'text/plain', kind: 'text', sha256: 'ab', given_at: at, expires_at: at },
});
