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
/** A client of a service that answers a draw so, and with the facts of the delivery. */
const clientOf = (draw: typeof fetch, facts: typeof fetch = async () => Response.json({ delivery })) =>
  createClient('', (input, init) => (String(input) === '/api/download' ? draw : facts)(input, init));

it('fetches the facts of the delivery and leaves the bytes unread', async () => {
  const { parcel, response } = await requestFreeDraw(clientOf(withFile), undefined, signal);
  expect(parcel).toEqual(delivery);
  expect(await response.text()).toBe('abc');
});

it('keeps the delivery if its facts cannot be fetched', async () => {
  const silent = clientOf(withFile, () => Promise.reject(new TypeError('The line is down.')));
  const { parcel, response } = await requestFreeDraw(silent, undefined, signal);
  expect(parcel).toEqual({ url, name: 'file', size: 3 });
  expect(await response.text()).toBe('abc');
});

it("sends the giver's secret, so that a giver never draws their own gift", async () => {
  let sent: unknown;
  const client = clientOf(async (_input, init) => {
    sent = init?.headers;
    return withFile();
  });
  await requestFreeDraw(client, 'g-1', signal);
  expect(sent).toEqual({ 'Exchange-Giver': 'g-1' });
});

it("throws the service's problem", async () => {
  const empty = async () => Response.json({ type: '/docs/problems#pool-empty', detail: 'Nothing.' }, { status: 404 });
  const taking = requestFreeDraw(clientOf(empty), undefined, signal);
  await expect(taking).rejects.toMatchObject({ code: 'pool-empty' });
});
