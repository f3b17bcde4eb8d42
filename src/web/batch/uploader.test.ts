import { describe, expect, it } from 'vitest';
import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { createLocalStore } from '../state/storage.ts';
import type { giveWithRetry } from '../transfer/give-with-retry.ts';
import { BatchUploader } from './uploader.ts';

interface Sent {
  readonly name: string;
  readonly key: string;
  readonly giver: string | undefined;
  readonly signal: AbortSignal;
  onProgress(share: number, isAgain?: boolean): void;
  give(): void;
  fail(error: Error): void;
}

const at = '2026-03-01T12:00:00.000Z';

/** An uploader whose files succeed or fail as the test says, on a clock that the test moves. */
function scene(options: { giver?: string; isForgetful?: boolean } = {}) {
  const storage = options.isForgetful ? undefined : memory();
  const store = createLocalStore(storage);
  if (options.giver) store.saveGiver(options.giver);
  const sent: Sent[] = [];
  const pauses: number[] = [];
  let time = 0;
  let wake: () => void = () => undefined;
  const send: typeof giveWithRetry = (_client, { file, key }, { giver, signal, onProgress }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      sent.push({
        name: file.name,
        key,
        giver,
        signal,
        onProgress: (share, isAgain = false) => onProgress(share, isAgain),
        give: () => resolve(answerFor(file, key)),
        fail: reject,
      });
    });
  const uploader = new BatchUploader({
    client: {} as Client,
    store,
    give: send,
    now: () => time,
    pause: (milliseconds) => {
      pauses.push(milliseconds);
      return new Promise<void>((resolve) => {
        wake = () => {
          time += milliseconds;
          resolve();
        };
      });
    },
    fingerprint: (file) => file.text(),
  });
  const markEnded = () => new Promise<void>((resolve) => setTimeout(resolve));
  return {
    uploader,
    store,
    sent,
    pauses,
    markEnded,
    names: () => sent.map(({ name }) => name),
    add: async (...files: File[]) => {
      uploader.add({ files });
      await markEnded();
    },
    /** Settles one upload and what follows from it. */
    end: async (name: string, error?: Error) => {
      const one = sent.findLast((sending) => sending.name === name);
      if (error) one?.fail(error);
      else one?.give();
      await markEnded();
    },
    wake: async () => {
      wake();
      await markEnded();
    },
    status: (name: string) =>
      uploader.batch.items.find((item) => item.name === name)?.status ?? { name: 'not there' },
    id: (name: string) => uploader.batch.items.find((item) => item.name === name)?.id ?? '',
  };
}

function memory() {
  const cells = new Map<string, string>();
  return {
    getItem: (key: string) => cells.get(key) ?? null,
    setItem: (key: string, value: string) => void cells.set(key, value),
    removeItem: (key: string) => void cells.delete(key),
  };
}

const answerFor = ({ name, size }: File, key: string): ExchangeAnswer => ({
  ticket: `ticket of ${key}`,
  giver: `giver of ${name}`,
  gift: { name, size, mime_type: 'text/plain', kind: 'text', sha256: 'ab', given_at: at },
});

const file = (name: string, text = name) => new File([text], name);
const line = new TypeError('The connection broke.');

describe('many files', () => {
  it('are uploaded in order, two at a time', async () => {
    const { add, end, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'), file('4'));
    expect(names()).toEqual(['1', '2']);
    await end('2');
    expect(names()).toEqual(['1', '2', '3']);
    await end('1');
    await end('3');
    expect(names()).toEqual(['1', '2', '3', '4']);
  });

  it("of a new giver wait until the first has returned the giver's secret", async () => {
    const { add, end, sent, names, store } = scene();
    await add(file('1'), file('2'), file('3'));
    expect(names()).toEqual(['1']);
    await end('1', new Problem('type-unknown'));
    expect(names()).toEqual(['1', '2']);
    await end('2');
    expect(names()).toEqual(['1', '2', '3']);
    expect(sent.map(({ giver }) => giver)).toEqual([undefined, undefined, 'giver of 2']);
    await end('3');
    expect(store.giver()).toBe('giver of 2');
  });

  it('are stored one by one, as soon as each is given', async () => {
    const { add, end, store, status } = scene();
    await add(file('1'), file('2'));
    await end('1');
    expect(store.pending()).toMatchObject([{ exchange: { gift: { name: '1', kind: 'text' } } }]);
    expect(status('1')).toMatchObject({ name: 'given', ticket: 'open' });
    expect(status('2')).toMatchObject({ name: 'sending' });
  });

  it('report a ticket that cannot be stored', async () => {
    const { add, end, uploader } = scene({ isForgetful: true });
    await add(file('1'));
    await end('1');
    expect(uploader.batch.hasUnsavedTicket).toBe(true);
  });

  it('can be added to', async () => {
    const { add, end, names } = scene({ giver: 'g' });
    await add(file('1'));
    await add(file('2'), file('3'));
    await end('1');
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('report their progress in whole percents', async () => {
    const { add, sent, status } = scene({ giver: 'g' });
    await add(file('1'));
    sent[0]?.onProgress(0.4567, true);
    expect(status('1')).toEqual({ name: 'sending', share: 0.45, isAgain: true });
  });
});

describe('a file that fails', () => {
  it('is refused before the upload if that is plain', async () => {
    const { uploader, names, markEnded, status } = scene({ giver: 'g' });
    uploader.add({ files: [file('empty', ''), file('setup.exe'), file('large'), file('1')] }, 4);
    await markEnded();
    expect(status('empty')).toMatchObject({ name: 'refused', failure: { code: 'file-empty' } });
    expect(status('setup.exe')).toMatchObject({ failure: { code: 'executable-refused' } });
    expect(status('large')).toMatchObject({ failure: { code: 'too-large' } });
    expect(names()).toEqual(['1']);
  });

  it('is refused by the service with its reason, without stopping the others', async () => {
    const { add, end, status, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    await end('1', new Problem('executable-refused'));
    expect(status('1')).toMatchObject({ name: 'refused', failure: { code: 'executable-refused' } });
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('is refused if it cannot be read any more', async () => {
    const { uploader, markEnded, status, sent } = scene({ giver: 'g' });
    const gone = file('gone');
    gone.slice = () => {
      throw new DOMException('', 'NotFoundError');
    };
    uploader.add({ files: [gone] });
    await markEnded();
    expect(status('gone')).toMatchObject({ name: 'refused', failure: { code: 'unreadable' } });
    expect(sent).toEqual([]);
  });

  it('fails with the connection, and is retried alone with the same key', async () => {
    const { add, end, uploader, id, status, sent, markEnded } = scene({ giver: 'g' });
    await add(file('1'), file('2'));
    await end('1', line);
    await end('2');
    expect(status('1')).toMatchObject({ name: 'failed', failure: { code: 'connection' } });
    uploader.retry([id('1')]);
    await markEnded();
    await end('1');
    expect(status('1').name).toBe('given');
    expect(sent.map(({ name }) => name)).toEqual(['1', '2', '1']);
    expect(sent[2]?.key).toBe(sent[0]?.key);
  });
});

describe('a pause that the service asks for', () => {
  const wait = new Problem('too-many-requests', { retryAfter: 7 });

  it('is made, and the uploads resume', async () => {
    const { add, end, uploader, pauses, wake, status, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    await end('1', wait);
    await end('2', wait);
    expect(uploader.batch.pauseSeconds).toBe(7);
    expect(pauses).toEqual([7_000]);
    expect(status('1').name).toBe('queued');
    expect(names()).toEqual(['1', '2']);
    await wake();
    expect(uploader.batch.pauseSeconds).toBeUndefined();
    expect(names()).toEqual(['1', '2', '1', '2']);
  });

  it('lasts as long as the longest', async () => {
    const { add, end, pauses, wake, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'));
    await end('1', wait);
    await end('2', new Problem('too-many-requests', { retryAfter: 10 }));
    await wake();
    expect(pauses).toEqual([7_000, 3_000]);
    expect(names()).toEqual(['1', '2']);
    await wake();
    expect(names()).toHaveLength(4);
  });
});

describe('a file with the same bytes as another', () => {
  it('is reported and not sent, whatever its name', async () => {
    const { add, end, status, names } = scene({ giver: 'g' });
    await add(file('1', 'same'), file('2', 'same'), file('3', 'else'));
    expect(status('2')).toEqual({ name: 'duplicate', of: '1' });
    expect(names()).toEqual(['1', '3']);
    await end('1');
    await add(file('4', 'same'));
    expect(status('4')).toEqual({ name: 'duplicate', of: '1' });
  });

  it('is given if the giver confirms it', async () => {
    const { add, end, uploader, id, markEnded, status, names } = scene({ giver: 'g' });
    await add(file('1', 'same'), file('2', 'same'));
    uploader.retry([id('2')]);
    await markEnded();
    await end('2');
    expect(names()).toEqual(['1', '2']);
    expect(status('2').name).toBe('given');
  });

  it('is found if the other was given alone or in an earlier batch', async () => {
    const { add, end, uploader, store, status } = scene({ giver: 'g' });
    const gift = { name: 'alone', size: 4, sha256: 'same' };
    uploader.addEarlierGift({ ticket: 't', gift });
    await add(file('1', 'same'), file('2', 'once'));
    expect(status('1')).toEqual({ name: 'duplicate', of: 'alone' });
    await end('2');
    for (const pending of store.pending()) store.markEnded(pending, 'received');
    uploader.clear();
    await add(file('3', 'once'));
    expect(status('3')).toEqual({ name: 'duplicate', of: '2' });
  });

  it('is no duplicate of a file that failed', async () => {
    const { add, end, status } = scene({ giver: 'g' });
    await add(file('1', 'same'));
    await end('1', line);
    await add(file('2', 'same'));
    expect(status('2').name).toBe('sending');
  });
});

describe('cancelling', () => {
  it('stops one file and starts the next', async () => {
    const { add, uploader, id, markEnded, sent, status, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    uploader.cancel([id('1')]);
    await markEnded();
    expect(sent[0]?.signal.aborted).toBe(true);
    expect(status('1')).toEqual({ name: 'cancelled', failure: { code: 'cancelled' } });
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('stops all files that are not sent completely', async () => {
    const { add, uploader, end, sent, markEnded, names, status } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    sent[0]?.onProgress(1);
    sent[1]?.onProgress(0.5, true);
    uploader.cancel(uploader.batch.items.map((item) => item.id));
    await markEnded();
    expect(status('2')).toMatchObject({ failure: { code: 'cancelled-late' } });
    expect(names()).toEqual(['1', '2']);
    await end('1');
    expect(uploader.batch.items.map((item) => item.status.name)).toEqual([
      'given',
      'cancelled',
      'cancelled',
    ]);
  });

  it('can be undone by a retry', async () => {
    const { add, uploader, end, id, markEnded, sent, status } = scene({ giver: 'g' });
    await add(file('1'));
    const cancelAndGiveAgain = async () => {
      uploader.cancel([id('1')]);
      uploader.retry([id('1')]);
      await markEnded();
    };
    await cancelAndGiveAgain();
    await cancelAndGiveAgain();
    expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
    await end('1');
    expect(status('1').name).toBe('given');
  });
});

describe('a cleared batch', () => {
  it('is empty unless an upload is pending', async () => {
    const { add, end, uploader } = scene({ giver: 'g' });
    await add(file('1'));
    uploader.clear();
    expect(uploader.batch.items).toHaveLength(1);
    await end('1');
    uploader.clear();
    expect(uploader.batch.items).toEqual([]);
  });

  it('adds pending exchanges, and drops them with the history', async () => {
    const { uploader, store } = scene({ giver: 'g' });
    const pending = { exchange: { ticket: 't', gift: { name: 'old', size: 1 } } };
    store.add(pending);
    uploader.addPending();
    expect(uploader.batch.items).toMatchObject([{ name: 'old', status: { name: 'given' } }]);
    store.markEnded(pending, 'withdrawn');
    uploader.syncWithHistory();
    expect(uploader.batch.items).toMatchObject([{ status: { name: 'ended', end: 'withdrawn' } }]);
  });

  it('notifies listeners of each change until they unsubscribe', async () => {
    const { uploader, add } = scene({ giver: 'g' });
    let heard = 0;
    const leave = uploader.onChange(() => heard++);
    await add(file('1'));
    expect(heard).toBeGreaterThan(1);
    leave();
    const before = heard;
    await add(file('2'));
    expect(heard).toBe(before);
  });
});
