import { describe, expect, it } from 'vitest';
import { Problem } from '../../contract/problems/problem.ts';
import { createUploadScene } from './testing/upload-scene.ts';

const file = (name: string, text = name) => new File([text], name);
const connectionError = new TypeError('The connection broke.');

describe('many files', () => {
  it('are uploaded in order, two at a time', async () => {
    const { add, end, names } = createUploadScene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'), file('4'));
    expect(names()).toEqual(['1', '2']);
    await end('2');
    expect(names()).toEqual(['1', '2', '3']);
    await end('1');
    await end('3');
    expect(names()).toEqual(['1', '2', '3', '4']);
  });

  it("of a new giver wait until the first has returned the giver's secret", async () => {
    const { add, end, sent, names, store } = createUploadScene();
    await add(file('1'), file('2'), file('3'));
    expect(names()).toEqual(['1']);
    await end('1', new Problem('executable-refused'));
    expect(names()).toEqual(['1', '2']);
    await end('2');
    expect(names()).toEqual(['1', '2', '3']);
    expect(sent.map(({ giver }) => giver)).toEqual([undefined, undefined, 'giver of 2']);
    await end('3');
    expect(store.giver()).toBe('giver of 2');
  });

  it('are stored one by one, as soon as each is given', async () => {
    const { add, end, store, status } = createUploadScene();
    await add(file('1'), file('2'));
    await end('1');
    expect(store.pending()).toMatchObject([{ exchange: { gift: { name: '1', kind: 'text' } } }]);
    expect(status('1')).toMatchObject({ name: 'given', ticket: 'open' });
    expect(status('2')).toMatchObject({ name: 'sending' });
  });

  it('are given with their metadata if it cannot be removed: at once if the name says so, else once the giver does', async () => {
    const { add, end, sent, status, uploader, id, settle } = createUploadScene({ giver: 'g' });
    await add(file('paper.pdf'), file('damaged.jpg'));
    await end('damaged.jpg', new Problem('metadata-stays'));
    expect(status('damaged.jpg')).toMatchObject({ name: 'refused', failure: { code: 'metadata-stays' } });
    uploader.giveAsItIs(id('damaged.jpg'));
    await settle();
    const wishes = sent.map(({ name, stripMetadata }) => [name, stripMetadata]);
    expect(wishes).toEqual([
      ['paper.pdf', false],
      ['damaged.jpg', true],
      ['damaged.jpg', false],
    ]);
    expect(sent[1]?.key).toBe(sent[2]?.key);
  });

  it('report a ticket that cannot be stored', async () => {
    const { add, end, uploader } = createUploadScene({ isForgetful: true });
    await add(file('1'));
    await end('1');
    expect(uploader.batch.hasUnsavedTicket).toBe(true);
  });

  it('can be added to', async () => {
    const { add, end, names } = createUploadScene({ giver: 'g' });
    await add(file('1'));
    await add(file('2'), file('3'));
    await end('1');
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('report their progress in whole percents', async () => {
    const { add, sent, status } = createUploadScene({ giver: 'g' });
    await add(file('1'));
    sent[0]?.onProgress(0.4567, true);
    expect(status('1')).toEqual({ name: 'sending', share: 0.45, isAgain: true });
  });
});

describe('a file that fails', () => {
  it('is refused before the upload if that is plain', async () => {
    const { uploader, names, settle, status } = createUploadScene({ giver: 'g' });
    uploader.add({ files: [file('empty', ''), file('setup.exe'), file('large'), file('1')] }, 4);
    await settle();
    expect(status('empty')).toMatchObject({ name: 'refused', failure: { code: 'file-empty' } });
    expect(status('setup.exe')).toMatchObject({ failure: { code: 'executable-refused' } });
    expect(status('large')).toMatchObject({ failure: { code: 'too-large' } });
    expect(names()).toEqual(['1']);
  });

  it('is refused by the service with its reason, without stopping the others', async () => {
    const { add, end, status, names } = createUploadScene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    await end('1', new Problem('executable-refused'));
    expect(status('1')).toMatchObject({ name: 'refused', failure: { code: 'executable-refused' } });
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('is refused if it cannot be read any more', async () => {
    const { uploader, settle, status, sent } = createUploadScene({ giver: 'g' });
    const gone = file('gone');
    gone.slice = () => {
      throw new DOMException('', 'NotFoundError');
    };
    uploader.add({ files: [gone] });
    await settle();
    expect(status('gone')).toMatchObject({ name: 'refused', failure: { code: 'unreadable' } });
    expect(sent).toEqual([]);
  });

  it('fails with the connection, and is retried alone with the same key', async () => {
    const { add, end, uploader, id, status, sent, settle } = createUploadScene({ giver: 'g' });
    await add(file('1'), file('2'));
    await end('1', connectionError);
    await end('2');
    expect(status('1')).toMatchObject({ name: 'failed', failure: { code: 'connection' } });
    uploader.retry([id('1')]);
    await settle();
    await end('1');
    expect(status('1').name).toBe('given');
    expect(sent.map(({ name }) => name)).toEqual(['1', '2', '1']);
    expect(sent[2]?.key).toBe(sent[0]?.key);
  });
});

describe('a pause that the service asks for', () => {
  const wait = new Problem('too-many-requests', { retryAfter: 7 });

  it('is made, and the uploads resume', async () => {
    const { add, end, uploader, pauses, wake, status, names } = createUploadScene({ giver: 'g' });
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
    const { add, end, pauses, wake, names } = createUploadScene({ giver: 'g' });
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
    const { add, end, status, names } = createUploadScene({ giver: 'g' });
    await add(file('1', 'same'), file('2', 'same'), file('3', 'else'));
    expect(status('2')).toEqual({ name: 'duplicate', of: '1' });
    expect(names()).toEqual(['1', '3']);
    await end('1');
    await add(file('4', 'same'));
    expect(status('4')).toEqual({ name: 'duplicate', of: '1' });
  });

  it('is given if the giver confirms it', async () => {
    const { add, end, uploader, id, settle, status, names } = createUploadScene({ giver: 'g' });
    await add(file('1', 'same'), file('2', 'same'));
    uploader.retry([id('2')]);
    await settle();
    await end('2');
    expect(names()).toEqual(['1', '2']);
    expect(status('2').name).toBe('given');
  });

  it('is found if the other was given alone or in an earlier batch', async () => {
    const { add, end, uploader, store, status } = createUploadScene({ giver: 'g' });
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
    const { add, end, status } = createUploadScene({ giver: 'g' });
    await add(file('1', 'same'));
    await end('1', connectionError);
    await add(file('2', 'same'));
    expect(status('2').name).toBe('sending');
  });
});

describe('cancelling', () => {
  it('stops one file and starts the next', async () => {
    const { add, uploader, id, settle, sent, status, names } = createUploadScene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    uploader.cancel([id('1')]);
    await settle();
    expect(sent[0]?.signal.aborted).toBe(true);
    expect(status('1')).toEqual({ name: 'cancelled', failure: { code: 'cancelled' } });
    expect(names()).toEqual(['1', '2', '3']);
  });

  it('stops all files that are not sent completely', async () => {
    const { add, uploader, end, sent, settle, names, status } = createUploadScene({ giver: 'g' });
    await add(file('1'), file('2'), file('3'));
    sent[0]?.onProgress(1);
    sent[1]?.onProgress(0.5, true);
    uploader.cancel(uploader.batch.items.map((item) => item.id));
    await settle();
    expect(status('2')).toMatchObject({ failure: { code: 'cancelled-late' } });
    expect(names()).toEqual(['1', '2']);
    await end('1');
    expect(uploader.batch.items.map((item) => item.status.name)).toEqual(['given', 'cancelled', 'cancelled']);
  });

  it('can be undone by a retry', async () => {
    const { add, uploader, end, id, settle, sent, status } = createUploadScene({ giver: 'g' });
    await add(file('1'));
    const cancelAndGiveAgain = async () => {
      uploader.cancel([id('1')]);
      uploader.retry([id('1')]);
      await settle();
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
    const { add, end, uploader } = createUploadScene({ giver: 'g' });
    await add(file('1'));
    uploader.clear();
    expect(uploader.batch.items).toHaveLength(1);
    await end('1');
    uploader.clear();
    expect(uploader.batch.items).toEqual([]);
  });

  it('adds pending exchanges, and drops them with the history', async () => {
    const { uploader, store } = createUploadScene({ giver: 'g' });
    const pending = { exchange: { ticket: 't', gift: { name: 'old', size: 1 } } };
    store.add(pending);
    uploader.addPending();
    expect(uploader.batch.items).toMatchObject([{ name: 'old', status: { name: 'given' } }]);
    store.markEnded(pending, 'withdrawn');
    uploader.syncWithHistory();
    expect(uploader.batch.items).toMatchObject([{ status: { name: 'ended', end: 'withdrawn' } }]);
  });

  it('notifies listeners of each change until they unsubscribe', async () => {
    const { uploader, add } = createUploadScene({ giver: 'g' });
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
