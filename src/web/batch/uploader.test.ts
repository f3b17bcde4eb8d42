import { describe, expect, it } from 'vitest';
import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { createKeep } from '../state/storage.ts';
import type { give } from '../transfer/give-with-retry.ts';
import { Run } from './uploader.ts';

interface Sent {
  readonly name: string;
  readonly key: string;
  readonly giver: string | undefined;
  readonly signal: AbortSignal;
  progress(share: number, isAgain?: boolean): void;
  give(): void;
  fail(error: Error): void;
}

const at = '2026-03-01T12:00:00.000Z';

/** A run whose files arrive or fail when the test says so, and whose clock the test moves. */
function scene(options: { giver?: string; isForgetful?: boolean } = {}) {
  const storage = options.isForgetful ? undefined : memory();
  const keep = createKeep(storage);
  if (options.giver) keep.keepGiver(options.giver);
  const sent: Sent[] = [];
  const pauses: number[] = [];
  let time = 0;
  let wake: () => void = () => undefined;
  const send: typeof give = (_client, { file, key }, { giver, signal, progress }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      sent.push({
        name: file.name,
        key,
        giver,
        signal,
        progress: (share, isAgain = false) => progress(share, isAgain),
        give: () => resolve(answerFor(file, key)),
        fail: reject,
      });
    });
  const run = new Run({
    client: {} as Client,
    keep,
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
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
  return {
    run,
    keep,
    sent,
    pauses,
    settle,
    names: () => sent.map(({ name }) => name),
    add: async (...files: File[]) => {
      run.add({ files });
      await settle();
    },
    /** Lets one arrive, or fail, and what follows from it happen. */
    end: async (name: string, error?: Error) => {
      const one = sent.findLast((sending) => sending.name === name);
      if (error) one?.fail(error);
      else one?.give();
      await settle();
    },
    wake: async () => {
      wake();
      await settle();
    },
    standing: (name: string) =>
      run.batch.items.find((item) => item.name === name)?.standing ?? { name: 'not there' },
    id: (name: string) => run.batch.items.find((item) => item.name === name)?.id ?? '',
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
  it('go in order, two at a time', async () => {
    const { add, end, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'), file('4'));
    expect(names()).toEqual(['1', '2']);
    await end('2');
    expect(names()).toEqual(['1', '2', '3']);
    await end('1');
    await end('3');
    expect(names()).toEqual(['1', '2', '3', '4']);
  });

  it('of somebody new go alone until the first has a name for the others', async () => {
    const { add, end, sent, names, keep } = scene();
    await add(file('1'), file('2'), file('3'));
    expect(names()).toEqual(['1']);
    await end('1', new Problem('type-unknown'));
    expect(names()).toEqual(['1', '2']);
    await end('2');
    expect(names()).toEqual(['1', '2', '3']);
    expect(sent.map(({ giver }) => giver)).toEqual([undefined, undefined, 'giver of 2']);
    await end('3');
    expect(keep.giver()).toBe('giver of 2');
  });

  it('are kept one by one, as soon as each is given', async () => {
    const { add, end, keep, standing } = scene();
    await add(file('1'), file('2'));
    await end('1');
    expect(keep.owed()).toMatchObject([{ exchange: { gift: { name: '1', kind: 'text' } } }]);
    expect(standing('1')).toMatchObject({ name: 'given', ticket: 'open' });
    expect(standing('2')).toMatchObject({ name: 'sending' });
  });

  it('say it when a ticket cannot be kept', async () => {
    const { add, end, run } = scene({ isForgetful: true });
    await add(file('1'));
    await end('1');
    expect(run.batch.isUnkept).toBe(true);
  });

  it('may become more meanwhile', async () => {
    const { add, end, names } = scene({ giver: 'g' });
    await add(file('1'));
    await add(file('2'), file('3'));
    await end('1');
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('show their progress in whole percents', async () => {
    const { add, sent, standing } = scene({ giver: 'g' });
    await add(file('1'));
    sent[0]?.progress(0.4567, true);
    expect(standing('1')).toEqual({ name: 'sending', share: 0.45, isAgain: true });
  });
});

describe('a file that does not get through', () => {
  it('is refused before it is sent where that is plain', async () => {
    const { run, names, settle, standing } = scene({ giver: 'g' });
    run.add({ files: [file('empty', ''), file('setup.exe'), file('large'), file('1')] }, 4);
    await settle();
    expect(standing('empty')).toMatchObject({ name: 'refused', why: { code: 'file-empty' } });
    expect(standing('setup.exe')).toMatchObject({ why: { code: 'executable-refused' } });
    expect(standing('large')).toMatchObject({ why: { code: 'too-large' } });
    expect(names()).toEqual(['1']);
  });

  it('is refused by the service with its own reason, and holds nobody up', async () => {
    const { add, end, standing, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    await end('1', new Problem('executable-refused'));
    expect(standing('1')).toMatchObject({ name: 'refused', why: { code: 'executable-refused' } });
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('is refused when it cannot be read any more', async () => {
    const { run, settle, standing, sent } = scene({ giver: 'g' });
    const gone = file('gone');
    gone.slice = () => {
      throw new DOMException('', 'NotFoundError');
    };
    run.add({ files: [gone] });
    await settle();
    expect(standing('gone')).toMatchObject({ name: 'refused', why: { code: 'unreadable' } });
    expect(sent).toEqual([]);
  });

  it('fails with the line, and is tried again alone, by the same key', async () => {
    const { add, end, run, id, standing, sent, settle } = scene({ giver: 'g' });
    await add(file('1'), file('2'));
    await end('1', line);
    await end('2');
    expect(standing('1')).toMatchObject({ name: 'failed', why: { code: 'connection' } });
    run.again([id('1')]);
    await settle();
    await end('1');
    expect(standing('1').name).toBe('given');
    expect(sent.map(({ name }) => name)).toEqual(['1', '2', '1']);
    expect(sent[2]?.key).toBe(sent[0]?.key);
  });
});

describe('a pause that the service asks for', () => {
  const wait = new Problem('too-many-requests', { retryAfter: 7 });

  it('is made, and then it goes on by itself', async () => {
    const { add, end, run, pauses, wake, standing, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    await end('1', wait);
    await end('2', wait);
    expect(run.batch.held).toBe(7);
    expect(pauses).toEqual([7_000]);
    expect(standing('1').name).toBe('queued');
    expect(names()).toEqual(['1', '2']);
    await wake();
    expect(run.batch.held).toBeUndefined();
    expect(names()).toEqual(['1', '2', '1', '2']);
  });

  it('is as long as the longest', async () => {
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
  it('is told and not sent, whatever its name', async () => {
    const { add, end, standing, names } = scene({ giver: 'g' });
    await add(file('1', 'same'), file('2', 'same'), file('3', 'else'));
    expect(standing('2')).toEqual({ name: 'duplicate', of: '1' });
    expect(names()).toEqual(['1', '3']);
    await end('1');
    await add(file('4', 'same'));
    expect(standing('4')).toEqual({ name: 'duplicate', of: '1' });
  });

  it('is given all the same when that is meant', async () => {
    const { add, end, run, id, settle, standing, names } = scene({ giver: 'g' });
    await add(file('1', 'same'), file('2', 'same'));
    run.again([id('2')]);
    await settle();
    await end('2');
    expect(names()).toEqual(['1', '2']);
    expect(standing('2').name).toBe('given');
  });

  it('is known also when the other was given alone, or in an earlier batch', async () => {
    const { add, end, run, keep, standing } = scene({ giver: 'g' });
    const gift = { name: 'alone', size: 4, sha256: 'same' };
    run.remember({ ticket: 't', gift });
    await add(file('1', 'same'), file('2', 'once'));
    expect(standing('1')).toEqual({ name: 'duplicate', of: 'alone' });
    await end('2');
    for (const owed of keep.owed()) keep.settle(owed, 'received');
    run.clear();
    await add(file('3', 'once'));
    expect(standing('3')).toEqual({ name: 'duplicate', of: '2' });
  });

  it('is no twin of what never got through', async () => {
    const { add, end, standing } = scene({ giver: 'g' });
    await add(file('1', 'same'));
    await end('1', line);
    await add(file('2', 'same'));
    expect(standing('2').name).toBe('sending');
  });
});

describe('cancelling', () => {
  it('stops one, and the next goes on', async () => {
    const { add, run, id, settle, sent, standing, names } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    run.cancel([id('1')]);
    await settle();
    expect(sent[0]?.signal.aborted).toBe(true);
    expect(standing('1')).toEqual({ name: 'cancelled', why: { code: 'cancelled' } });
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('stops all that are not on the shelf already', async () => {
    const { add, run, end, sent, settle, names, standing } = scene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    sent[0]?.progress(1);
    sent[1]?.progress(0.5, true);
    run.cancel(run.batch.items.map((item) => item.id));
    await settle();
    expect(standing('2')).toMatchObject({ why: { code: 'cancelled-late' } });
    expect(names()).toEqual(['1', '2']);
    await end('1');
    expect(run.batch.items.map((item) => item.standing.name)).toEqual([
      'given',
      'cancelled',
      'cancelled',
    ]);
  });

  it('is not the last word', async () => {
    const { add, run, end, id, settle, sent, standing } = scene({ giver: 'g' });
    await add(file('1'));
    const cancelAndGiveAgain = async () => {
      run.cancel([id('1')]);
      run.again([id('1')]);
      await settle();
    };
    await cancelAndGiveAgain();
    await cancelAndGiveAgain();
    expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
    await end('1');
    expect(standing('1').name).toBe('given');
  });
});

describe('a new page', () => {
  it('begins when nothing is on its way', async () => {
    const { add, end, run } = scene({ giver: 'g' });
    await add(file('1'));
    run.clear();
    expect(run.batch.items).toHaveLength(1);
    await end('1');
    run.clear();
    expect(run.batch.items).toEqual([]);
  });

  it('takes up what this browser is owed, and lets go of it with the list', async () => {
    const { run, keep } = scene({ giver: 'g' });
    const owed = { exchange: { ticket: 't', gift: { name: 'old', size: 1 } } };
    keep.keep(owed);
    run.meet();
    expect(run.batch.items).toMatchObject([{ name: 'old', standing: { name: 'given' } }]);
    keep.settle(owed, 'withdrawn');
    run.compare();
    expect(run.batch.items).toMatchObject([{ standing: { name: 'ended', end: 'withdrawn' } }]);
  });

  it('tells of each change, as long as somebody listens', async () => {
    const { run, add } = scene({ giver: 'g' });
    let heard = 0;
    const leave = run.onChange(() => heard++);
    await add(file('1'));
    expect(heard).toBeGreaterThan(1);
    leave();
    const before = heard;
    await add(file('2'));
    expect(heard).toBe(before);
  });
});
