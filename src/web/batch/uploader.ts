/** Hands many files over: two at a time, in order, each kept as soon as it is given, and each with a way back. */
import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import { mayPass, type Why, whyOf } from '../failures.ts';
import { findFault, type Offered } from '../files/selected-files.ts';
import { type Item, isOnItsWay, type Standing, type TicketState } from '../state/batch-item.ts';
import type { Exchange } from '../state/exchange.ts';
import { browserDigest, pauseOnline } from '../transfer/download.ts';
import { newKey } from '../transfer/give-with-retry.ts';
import { type Batch, type Change, change, emptyBatch } from './batch.ts';
import { createFingerprint, type Fingerprint, type Known } from './duplicates.ts';
import { type HandTools, handOver } from './upload-item.ts';

export interface RunTools extends HandTools {
  readonly fingerprint?: Fingerprint;
  readonly pause?: typeof pauseOnline;
  readonly now?: () => number;
}

interface Active {
  readonly abort: AbortController;
  readonly known: Known;
}

/** More would only share the same line. */
const mostAtOnce = 2;
/** Where the exchange asks to wait without saying how long, in seconds. */
const patience = 5;

export class Run {
  readonly #tools: Required<Omit<RunTools, 'give'>> & HandTools;
  readonly #listeners = new Set<() => void>();
  /** In the order in which they began. */
  readonly #active = new Map<string, Active>();
  /** What was given on this page, by its ticket. */
  readonly #earlier = new Map<string, Known>();
  #batch: Batch = emptyBatch;
  #heldUntil = 0;

  constructor(tools: RunTools) {
    this.#tools = {
      fingerprint: createFingerprint(browserDigest()),
      pause: pauseOnline,
      now: Date.now,
      ...tools,
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

  add({ files, leftOut = 0, unread = 0, isCut = false }: Offered, largest?: number): void {
    const items = files.map((file) => itemOf(file, largest));
    this.#apply({ type: 'added', items, leftOut, unread, isCut });
    this.#goOn();
  }

  /** Takes up what this browser is owed from before. */
  meet(): void {
    this.#apply({ type: 'met', owed: this.#tools.keep.owed() });
  }

  /** Takes up how its exchanges ended elsewhere on the page. */
  compare(): void {
    this.#apply({ type: 'compared', entries: this.#tools.keep.entries() });
  }

  /** Gives again what failed or was cancelled, and what has the same bytes as another although it has. */
  again(ids: readonly string[]): void {
    this.#apply({ type: 'again', ids });
    this.#goOn();
  }

  cancel(ids: readonly string[]): void {
    const items = this.#batch.items.filter((item) => ids.includes(item.id) && isCancellable(item));
    for (const { id, standing } of items) {
      const isAgain = standing.name === 'sending' && standing.isAgain;
      this.#active.get(id)?.abort.abort();
      this.#active.delete(id);
      const why: Why = { code: isAgain ? 'cancelled-late' : 'cancelled' };
      this.#stand(id, { name: 'cancelled', why });
    }
    this.#goOn();
  }

  dismiss(id: string): void {
    this.#apply({ type: 'dismissed', id });
  }

  /** What the exchange says of a ticket. */
  see(ticket: string, state: TicketState): void {
    this.#apply({ type: 'seen', ticket, state });
  }

  /** A gift of this page, which other files are compared with. */
  remember({ ticket, gift: { name, size, sha256 } }: Exchange): void {
    if (sha256 === undefined || this.#earlier.has(ticket)) return;
    this.#earlier.set(ticket, { name, size, fingerprint: async () => sha256 });
  }

  /** Begins a new page; what is on its way stays. */
  clear(): void {
    if (this.#batch.items.some(isOnItsWay)) return;
    this.#set(emptyBatch);
  }

  #set(batch: Batch): void {
    this.#batch = batch;
    for (const listener of this.#listeners) listener();
  }

  #apply(event: Change): void {
    const after = change(this.#batch, event);
    if (after !== this.#batch) this.#set(after);
  }

  #stand(id: string, standing: Standing): void {
    this.#apply({ type: 'stood', id, standing });
  }

  #goOn(): void {
    while (this.#batch.held === undefined && this.#active.size < this.#mostNow()) {
      const item = this.#batch.items.find(({ standing }) => standing.name === 'queued');
      if (!item) return;
      void this.#start(item);
    }
  }

  /** Whoever is new here gets a name with the first gift, which the others then bear. */
  #mostNow(): number {
    return this.#tools.keep.giver() === undefined ? 1 : mostAtOnce;
  }

  async #start(item: Item): Promise<void> {
    const { id, offering } = item;
    if (!offering) return;
    const abort = new AbortController();
    const known = knownOf(offering.file, this.#tools.fingerprint);
    const before = [...this.#active.values()].map((active) => active.known);
    const rivals = item.isMeant ? undefined : [...this.#earlier.values(), ...before];
    this.#active.set(id, { abort, known });
    this.#stand(id, { name: 'sending', share: 0, isAgain: false });
    try {
      const options = { signal: abort.signal, progress: this.#progressOf(id, abort.signal) };
      const handed = await handOver({ offering, known, rivals }, this.#tools, options);
      if ('answer' in handed) this.#accept(id, handed.answer, known);
      else this.#stand(id, handed.hindrance);
    } catch (error) {
      if (!abort.signal.aborted) this.#fail(id, { ...whyOf(error), size: known.size });
    } finally {
      // It may have been cancelled and begun again meanwhile.
      if (this.#active.get(id)?.abort === abort) this.#active.delete(id);
      this.#goOn();
    }
  }

  /** Keeps the ticket before anything else. */
  #accept(id: string, { ticket, giver, gift }: ExchangeAnswer, known: Known): void {
    const { keep } = this.#tools;
    // A gift whose first answer was lost may bear another name; what the others bear is the one to keep.
    if (keep.giver() === undefined) keep.keepGiver(giver);
    const { name, size, kind, sha256 } = gift;
    const exchange = { ticket, gift: { name, size, kind, sha256 } };
    const isKept = keep.keep({ exchange });
    this.#earlier.set(ticket, known);
    this.#stand(id, { name: 'given', exchange, ticket: 'open' });
    if (!isKept) this.#apply({ type: 'unkept' });
  }

  #progressOf(id: string, signal: AbortSignal) {
    return (share: number, isAgain: boolean) => {
      if (!signal.aborted) this.#stand(id, { name: 'sending', share: inPercents(share), isAgain });
    };
  }

  #fail(id: string, why: Why): void {
    if (why.code === 'too-many-requests') {
      this.#stand(id, { name: 'queued' });
      void this.#hold(why.retryAfter ?? patience);
    } else this.#stand(id, { name: mayPass(why) ? 'failed' : 'refused', why });
  }

  /** Waits as long as the exchange asks, and goes on by itself. */
  async #hold(seconds: number): Promise<void> {
    const { now, pause } = this.#tools;
    this.#heldUntil = Math.max(this.#heldUntil, now() + seconds * 1000);
    if (this.#batch.held !== undefined) return;
    this.#apply({ type: 'held', seconds });
    const { signal } = new AbortController();
    while (now() < this.#heldUntil) await pause(this.#heldUntil - now(), signal);
    this.#apply({ type: 'resumed' });
    this.#goOn();
  }
}

/** Once all of it is there it may be on the shelf already, and "nothing was kept" would be a guess. */
export const isCancellable = ({ standing }: Item): boolean =>
  standing.name === 'queued' || (standing.name === 'sending' && standing.share < 1);

function itemOf(file: File, largest?: number): Item {
  const { name, size } = file;
  const key = newKey();
  const why = findFault(file, largest);
  const standing: Standing = why ? { name: 'refused', why } : { name: 'queued' };
  return { id: key, name, size, offering: { file, key }, standing };
}

function knownOf(file: File, fingerprint: Fingerprint): Known {
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
