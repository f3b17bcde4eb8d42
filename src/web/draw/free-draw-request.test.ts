import { expect, it } from 'vitest';
import { createClient } from '../../contract/client.ts';
import { requestFreeDraw } from './free-draw-request.ts';

const signal = new AbortController().signal;
const url = '/api/deliveries/d-1';
const delivery = {
  url,
  name: 'ä "b".txt',
  size: 3,
  mime_type: 'text/plain',
  kind: 'text',
  sha256: 'a'.repeat(64),
  given_at: '2026-01-01T00:00:00.000Z',
  expires_at: '2026-01-01T00:15:00.000Z',
};

const withFile = async () =>
  new Response('abc', {
    headers: {
      'content-disposition': 'attachment; filename="?.txt"',
      'content-length': '3',
      'content-location': url,
    },
  });
const client = createClient('', async (input) =>
  String(input) === url ? Response.json({ delivery }) : Response.json({ detail: 'What is that?' }, { status: 404 }),
);

it('fetches the facts of the delivery and leaves the bytes unread', async () => {
  const { parcel, response } = await requestFreeDraw(client, undefined, signal, withFile);
  expect(parcel).toEqual(delivery);
  expect(await response.text()).toBe('abc');
});

it('keeps the delivery if its facts cannot be fetched', async () => {
  const silent = createClient('', () => Promise.reject(new TypeError('The line is down.')));
  const { parcel, response } = await requestFreeDraw(silent, undefined, signal, withFile);
  expect(parcel).toEqual({ url, name: 'file', size: 3 });
  expect(await response.text()).toBe('abc');
});

it("sends the giver's secret, so that a giver never draws their own gift", async () => {
  let sent: unknown;
  await requestFreeDraw(client, 'g-1', signal, async (_input, init) => {
    sent = init?.headers;
    return withFile();
  });
  expect(sent).toEqual({ 'Exchange-Giver': 'g-1' });
});

it("throws the service's problem", async () => {
  const empty = async () => Response.json({ type: '/docs/problems#pool-empty', detail: 'Nothing.' }, { status: 404 });
  const taking = requestFreeDraw(client, undefined, signal, empty);
  await expect(taking).rejects.toMatchObject({ code: 'pool-empty' });
});
