/** Uploads many files: two at a time, in order. Each ticket is stored as soon as its file is given. */
import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import { type Failure, failureOf, isRetryable } from '../failures.ts';
import { isUncleanable, precheckFile } from '../files/selected-files.ts';
import type { FileSelection } from '../files/types.ts';
import type { Batch } from '../state/batch.ts';
import { type BatchItem, type ItemStatus, isCancellable, isUploading, type TicketState } from '../state/batch-item.ts';
import type { Exchange } from '../state/exchange.ts';
import type { Uploader } from '../state/services.ts';
import { createIdempotencyKey } from '../state/upload-records.ts';
import { pauseOrOnline } from '../transfer/download.ts';
import { browserDigest } from '../transfer/hash-blob.ts';
import { emptyBatch, reduceBatch } from './batch-reducer.ts';
import { type ComparableFile, createFingerprinter, type Fingerprinter } from './duplicates.ts';
import type { BatchChange } from './types.ts';
import { type UploadServices, uploadItem } from './upload-item.ts';

interface UploaderOptions extends UploadServices {
  readonly fingerprint?: Fingerprinter;
  readonly pause?: typeof pauseOrOnline;
  readonly now?: () => number;
}

interface Active {
  readonly abort: AbortController;
  readonly comparable: ComparableFile;
}

/** More uploads would only share the same bandwidth. */
const maxConcurrent = 2;
/** In seconds, for an answer 429 without `Retry-After`. */
const defaultPauseSeconds = 5;

export class BatchUploader implements Uploader {
  readonly #options: Required<Omit<UploaderOptions, 'give' | 'uploads'>> & UploadServices;
  readonly #listeners = new Set<() => void>();
  /** The running uploads in their order. */
  readonly #active = new Map<string, Active>();
  /** Gifts of this page by their ticket. */
  readonly #earlier = new Map<string, ComparableFile>();
  #batch: Batch = emptyBatch;
  #pausedUntil = 0;

  constructor(options: UploaderOptions) {
    this.#options = {
      fingerprint: createFingerprinter(browserDigest()),
      pause: pauseOrOnline,
      now: Date.now,
      ...options,
    };
  }

  get batch(): Batch {
    return this.#batch;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  add({ files, leftOut = 0, unreadable = 0, isTruncated = false }: FileSelection, maxSize?: number): void {
    const { uploads } = this.#options;
    const items = files.map((file) => itemOf(file, uploads?.keyFor(file) ?? createIdempotencyKey(), maxSize));
    for (const { status, keyedFile } of items)
      if (keyedFile && status.name === 'queued') uploads?.start(keyedFile, true);
    this.#apply({ type: 'added', items, leftOut, unreadable, isTruncated });
    this.#startNext();
  }

  addPending(): void {
    this.#apply({ type: 'pending-added', pending: this.#options.store.pending() });
  }

  syncWithHistory(): void {
    this.#apply({ type: 'synced', entries: this.#options.store.entries() });
  }

  retry(ids: readonly string[]): void {
    this.#apply({ type: 'retried', ids });
    this.#startNext();
  }

  giveAsItIs(id: string): void {
    this.#apply({ type: 'retried', ids: [id], isAsItIs: true });
    this.#startNext();
  }

  cancel(ids: readonly string[]): void {
    const items = this.#batch.items.filter((item) => ids.includes(item.id) && isCancellable(item));
    for (const { id, status } of items) {
      const isAgain = status.name === 'sending' && status.isAgain;
      this.#active.get(id)?.abort.abort();
      this.#active.delete(id);
      const failure: Failure = { code: isAgain ? 'cancelled-late' : 'cancelled' };
      this.#setStatus(id, { name: 'cancelled', failure });
    }
    this.#startNext();
  }

  dismiss(id: string): void {
    this.#apply({ type: 'dismissed', id });
  }

  setTicketState(ticket: string, state: TicketState): void {
    this.#apply({ type: 'ticket-state', ticket, state });
  }

  addEarlierGift({ ticket, gift: { name, size, sha256 } }: Exchange): void {
    if (sha256 === undefined || this.#earlier.has(ticket)) return;
    this.#earlier.set(ticket, { name, size, fingerprint: async () => sha256 });
  }

  clear(): void {
    if (this.#batch.items.some(isUploading)) return;
    this.#set(emptyBatch);
  }

  #set(batch: Batch): void {
    this.#batch = batch;
    for (const listener of this.#listeners) listener();
  }

  #apply(event: BatchChange): void {
    const after = reduceBatch(this.#batch, event);
    if (after !== this.#batch) this.#set(after);
  }

  #setStatus(id: string, status: ItemStatus): void {
    if (!mayStillArrive(status)) this.#options.uploads?.end(id);
    this.#apply({ type: 'status-changed', id, status });
  }

  #startNext(): void {
    while (this.#batch.pauseSeconds === undefined && this.#active.size < this.#maxActive()) {
      const item = this.#batch.items.find(({ status }) => status.name === 'queued');
      if (!item) return;
      void this.#start(item);
    }
  }

  /** A new giver gets a secret with the first gift; the others wait for it. */
  #maxActive(): number {
    return this.#options.store.giver() === undefined ? 1 : maxConcurrent;
  }

  async #start(item: BatchItem): Promise<void> {
    const { id, keyedFile } = item;
    if (!keyedFile) return;
    const abort = new AbortController();
    const comparable = comparableOf(keyedFile.file, this.#options.fingerprint);
    const before = [...this.#active.values()].map((active) => active.comparable);
    const others = item.isConfirmed ? undefined : [...this.#earlier.values(), ...before];
    this.#active.set(id, { abort, comparable });
    this.#setStatus(id, { name: 'sending', share: 0, isAgain: false });
    try {
      const options = { signal: abort.signal, onProgress: this.#progressOf(id, abort.signal) };
      const handed = await uploadItem({ keyedFile, comparable, others }, this.#options, options);
      if ('answer' in handed) this.#accept(id, handed.answer, comparable);
      else this.#setStatus(id, handed.obstacle);
    } catch (error) {
      if (!abort.signal.aborted) this.#fail(id, { ...failureOf(error), size: comparable.size });
    } finally {
      // It may have been cancelled and started again meanwhile.
      if (this.#active.get(id)?.abort === abort) this.#active.delete(id);
      this.#startNext();
    }
  }

  /** Stores the ticket first. */
  #accept(id: string, { ticket, giver, gift }: ExchangeAnswer, comparable: ComparableFile): void {
    const { store } = this.#options;
    // A gift whose first answer was lost may return another secret; keep the one that the other gifts use.
    if (store.giver() === undefined) store.saveGiver(giver);
    const { name, size, kind, sha256 } = gift;
    const exchange = { ticket, gift: { name, size, kind, sha256 } };
    const isStored = store.add({ exchange });
    this.#earlier.set(ticket, comparable);
    this.#setStatus(id, { name: 'given', exchange, ticket: 'open' });
    if (!isStored) this.#apply({ type: 'ticket-not-saved' });
  }

  #progressOf(id: string, signal: AbortSignal) {
    return (share: number, isAgain: boolean) => {
      if (!signal.aborted) this.#setStatus(id, { name: 'sending', share: inPercents(share), isAgain });
    };
  }

  #fail(id: string, failure: Failure): void {
    if (failure.code === 'too-many-requests') {
      this.#setStatus(id, { name: 'queued' });
      void this.#pause(failure.retryAfter ?? defaultPauseSeconds);
    } else this.#setStatus(id, { name: isRetryable(failure) ? 'failed' : 'refused', failure });
  }

  /** Waits as long as the service asks, then resumes. */
  async #pause(seconds: number): Promise<void> {
    const { now, pause } = this.#options;
    this.#pausedUntil = Math.max(this.#pausedUntil, now() + seconds * 1000);
    if (this.#batch.pauseSeconds !== undefined) return;
    this.#apply({ type: 'paused', seconds });
    const { signal } = new AbortController();
    while (now() < this.#pausedUntil) await pause(this.#pausedUntil - now(), signal);
    this.#apply({ type: 'resumed' });
    this.#startNext();
  }
}

function itemOf(file: File, key: string, maxSize?: number): BatchItem {
  const { name, size } = file;
  const failure = precheckFile(file, maxSize);
  const status: ItemStatus = failure ? { name: 'refused', failure } : { name: 'queued' };
  // The offer has said so.
  const isAsItIs = isUncleanable(file);
  return { id: key, name, size, keyedFile: { file, key, ...(isAsItIs && { isAsItIs }) }, status };
}

/** True while a reload would leave the visitor without a word about the file. */
const mayStillArrive = ({ name }: ItemStatus) => name === 'queued' || name === 'sending' || name === 'failed';

function comparableOf(file: File, fingerprint: Fingerprinter): ComparableFile {
  let print: Promise<string | undefined> | undefined;
  return {
    name: file.name,
    size: file.size,
    fingerprint: () => {
      print ??= fingerprint(file);
      return print;
    },
  };
}

/** Limits the renders: each change of the share is one. */
const inPercents = (share: number) => Math.floor(share * 100) / 100;
