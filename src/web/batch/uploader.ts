/** Hands many files over: two at a time, in order, each kept as soon as it is given, and each with a way back. */
import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import { type Failure, failureOf, isRetryable } from '../failures.ts';
import { type FileSelection, precheckFile } from '../files/selected-files.ts';
import {
  type BatchItem,
  type ItemStatus,
  isUploading,
  type TicketState,
} from '../state/batch-item.ts';
import type { Exchange } from '../state/exchange.ts';
import { browserDigest, pauseOrOnline } from '../transfer/download.ts';
import { createIdempotencyKey } from '../transfer/give-with-retry.ts';
import { type Batch, type BatchChange, emptyBatch, reduceBatch } from './batch.ts';
import { type ComparableFile, createFingerprinter, type Fingerprinter } from './duplicates.ts';
import { type UploadServices, uploadItem } from './upload-item.ts';

export interface UploaderOptions extends UploadServices {
  readonly fingerprint?: Fingerprinter;
  readonly pause?: typeof pauseOrOnline;
  readonly now?: () => number;
}

interface Active {
  readonly abort: AbortController;
  readonly known: ComparableFile;
}

/** More would only share the same line. */
const maxConcurrent = 2;
/** Where the exchange asks to wait without saying how long, in seconds. */
const patience = 5;

export class BatchUploader {
  readonly #tools: Required<Omit<UploaderOptions, 'give'>> & UploadServices;
  readonly #listeners = new Set<() => void>();
  /** In the order in which they began. */
  readonly #active = new Map<string, Active>();
  /** What was given on this page, by its ticket. */
  readonly #earlier = new Map<string, ComparableFile>();
  #batch: Batch = emptyBatch;
  #heldUntil = 0;

  constructor(services: UploaderOptions) {
    this.#tools = {
      fingerprint: createFingerprinter(browserDigest()),
      pause: pauseOrOnline,
      now: Date.now,
      ...services,
    };
  }

  get batch(): Batch {
    return this.#batch;
  }

  /** Calls back after each change; answers what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  add(
    { files, leftOut = 0, unreadable = 0, isTruncated = false }: FileSelection,
    maxSize?: number,
  ): void {
    const items = files.map((file) => itemOf(file, maxSize));
    this.#apply({ type: 'added', items, leftOut, unreadable, isTruncated });
    this.#goOn();
  }

  /** Takes up what this browser is owed from before. */
  addPending(): void {
    this.#apply({ type: 'pending-added', pending: this.#tools.store.pending() });
  }

  /** Takes up how its exchanges ended elsewhere on the page. */
  syncWithHistory(): void {
    this.#apply({ type: 'synced', entries: this.#tools.store.entries() });
  }

  /** Gives again what failed or was cancelled, and what has the same bytes as another although it has. */
  retry(ids: readonly string[]): void {
    this.#apply({ type: 'retried', ids });
    this.#goOn();
  }

  cancel(ids: readonly string[]): void {
    const items = this.#batch.items.filter((item) => ids.includes(item.id) && isCancellable(item));
    for (const { id, status } of items) {
      const isAgain = status.name === 'sending' && status.isAgain;
      this.#active.get(id)?.abort.abort();
      this.#active.delete(id);
      const failure: Failure = { code: isAgain ? 'cancelled-late' : 'cancelled' };
      this.#stand(id, { name: 'cancelled', failure });
    }
    this.#goOn();
  }

  dismiss(id: string): void {
    this.#apply({ type: 'dismissed', id });
  }

  /** What the exchange says of a ticket. */
  setTicketState(ticket: string, state: TicketState): void {
    this.#apply({ type: 'ticket-state', ticket, state });
  }

  /** A gift of this page, which other files are compared with. */
  addEarlierGift({ ticket, gift: { name, size, sha256 } }: Exchange): void {
    if (sha256 === undefined || this.#earlier.has(ticket)) return;
    this.#earlier.set(ticket, { name, size, fingerprint: async () => sha256 });
  }

  /** Begins a new page; what is on its way stays. */
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

  #stand(id: string, status: ItemStatus): void {
    this.#apply({ type: 'status-changed', id, status });
  }

  #goOn(): void {
    while (this.#batch.pauseSeconds === undefined && this.#active.size < this.#mostNow()) {
      const item = this.#batch.items.find(({ status }) => status.name === 'queued');
      if (!item) return;
      void this.#start(item);
    }
  }

  /** Whoever is new here gets a name with the first gift, which the others then bear. */
  #mostNow(): number {
    return this.#tools.store.giver() === undefined ? 1 : maxConcurrent;
  }

  async #start(item: BatchItem): Promise<void> {
    const { id, keyedFile } = item;
    if (!keyedFile) return;
    const abort = new AbortController();
    const known = knownOf(keyedFile.file, this.#tools.fingerprint);
    const before = [...this.#active.values()].map((active) => active.known);
    const rivals = item.isConfirmed ? undefined : [...this.#earlier.values(), ...before];
    this.#active.set(id, { abort, known });
    this.#stand(id, { name: 'sending', share: 0, isAgain: false });
    try {
      const options = { signal: abort.signal, onProgress: this.#progressOf(id, abort.signal) };
      const handed = await uploadItem({ keyedFile, known, rivals }, this.#tools, options);
      if ('answer' in handed) this.#accept(id, handed.answer, known);
      else this.#stand(id, handed.hindrance);
    } catch (error) {
      if (!abort.signal.aborted) this.#fail(id, { ...failureOf(error), size: known.size });
    } finally {
      // It may have been cancelled and begun again meanwhile.
      if (this.#active.get(id)?.abort === abort) this.#active.delete(id);
      this.#goOn();
    }
  }

  /** Keeps the ticket before anything else. */
  #accept(id: string, { ticket, giver, gift }: ExchangeAnswer, known: ComparableFile): void {
    const { store } = this.#tools;
    // A gift whose first answer was lost may bear another name; what the others bear is the one to keep.
    if (store.giver() === undefined) store.saveGiver(giver);
    const { name, size, kind, sha256 } = gift;
    const exchange = { ticket, gift: { name, size, kind, sha256 } };
    const isKept = store.add({ exchange });
    this.#earlier.set(ticket, known);
    this.#stand(id, { name: 'given', exchange, ticket: 'open' });
    if (!isKept) this.#apply({ type: 'ticket-not-saved' });
  }

  #progressOf(id: string, signal: AbortSignal) {
    return (share: number, isAgain: boolean) => {
      if (!signal.aborted) this.#stand(id, { name: 'sending', share: inPercents(share), isAgain });
    };
  }

  #fail(id: string, failure: Failure): void {
    if (failure.code === 'too-many-requests') {
      this.#stand(id, { name: 'queued' });
      void this.#hold(failure.retryAfter ?? patience);
    } else this.#stand(id, { name: isRetryable(failure) ? 'failed' : 'refused', failure });
  }

  /** Waits as long as the exchange asks, and goes on by itself. */
  async #hold(seconds: number): Promise<void> {
    const { now, pause } = this.#tools;
    this.#heldUntil = Math.max(this.#heldUntil, now() + seconds * 1000);
    if (this.#batch.pauseSeconds !== undefined) return;
    this.#apply({ type: 'paused', seconds });
    const { signal } = new AbortController();
    while (now() < this.#heldUntil) await pause(this.#heldUntil - now(), signal);
    this.#apply({ type: 'resumed' });
    this.#goOn();
  }
}

/** Once all of it is there it may be on the shelf already, and "nothing was kept" would be a guess. */
export const isCancellable = ({ status }: BatchItem): boolean =>
  status.name === 'queued' || (status.name === 'sending' && status.share < 1);

function itemOf(file: File, maxSize?: number): BatchItem {
  const { name, size } = file;
  const key = createIdempotencyKey();
  const failure = precheckFile(file, maxSize);
  const status: ItemStatus = failure ? { name: 'refused', failure } : { name: 'queued' };
  return { id: key, name, size, keyedFile: { file, key }, status };
}

function knownOf(file: File, fingerprint: Fingerprinter): ComparableFile {
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

/** Nobody sees less than a percent, and every step is drawn. */
const inPercents = (share: number) => Math.floor(share * 100) / 100;
