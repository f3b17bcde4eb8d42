import { expect, it } from 'vitest';
import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { BatchUploader } from '../batch/uploader.ts';
import type { ExchangeEvent } from '../state/exchange.ts';
import { createLocalStore } from '../state/storage.ts';
import { createUploadRecords, type UploadRecord } from '../state/upload-records.ts';
import { askAboutUnfinished } from './unfinished-uploads.ts';

const recordOf = (name: string): UploadRecord => ({ key: `k-${name}`, name, size: 1, modified: 1 });
const gift = {
  name: 'a.txt',
  size: 1,
  mime_type: 'text/plain',
  kind: 'text',
  sha256: 'f',
  given_at: '',
  expires_at: '',
};
const answer = { ticket: 't_a', giver: 'g_a', expires_at: '', gift } as ExchangeAnswer;

/** Asks about uploads of these names; each answer is that of one request. */
async function ask(names: readonly string[], answers: readonly (ExchangeAnswer | Error | undefined)[]) {
  const storage = { getItem: () => JSON.stringify(names.map(recordOf)), setItem: () => undefined };
  const events: ExchangeEvent[] = [];
  let asked = 0;
  const given = async () => {
    const next = answers[asked++];
    if (next instanceof Error) throw next;
    return next;
  };
  const client = { given } as Partial<Client> as Client;
  const store = createLocalStore(undefined);
  const uploads = createUploadRecords(storage);
  const services = { client, store, uploads, uploader: new BatchUploader({ client, store }) };
  const { signal } = new AbortController();
  await askAboutUnfinished(services, {
    signal,
    onEvent: (event) => void events.push(event),
    pause: async () => undefined,
  });
  return { events, store, asked };
}

it('shows the exchange of a gift that arrived, and keeps its ticket', async () => {
  const { events, store } = await ask(['a.txt'], [answer]);
  expect(store.giver()).toBe('g_a');
  expect(store.pending()).toEqual([
    { exchange: { ticket: 't_a', gift: { name: 'a.txt', size: 1, kind: 'text', sha256: 'f' } } },
  ]);
  expect(events).toMatchObject([{ type: 'switched', to: { exchange: { ticket: 't_a' } } }]);
});

it('names the files that did not arrive', async () => {
  const { events, store } = await ask(['a.txt', 'b.txt', 'c.txt'], [answer, undefined, undefined]);
  expect(store.pending()).toHaveLength(1);
  expect(events).toMatchObject([
    { type: 'switched' },
    { type: 'warned', failure: { code: 'left-early', name: 'b.txt and c.txt' } },
  ]);
});

it('says that it cannot ask, and asks again', async () => {
  const { events, asked } = await ask(['a.txt'], [new TypeError('Failed to fetch'), undefined]);
  expect(asked).toBe(2);
  expect(events).toMatchObject([
    { type: 'warned', failure: { code: 'left-unknown', name: 'a.txt' } },
    { type: 'warned', failure: { code: 'left-early' } },
  ]);
});
