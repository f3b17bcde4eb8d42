import { expect, it } from 'vitest';
import { take } from './taken.ts';

const signal = new AbortController().signal;
const sha256 = 'a'.repeat(64);

const answering = (disposition: string) => async () =>
  new Response('abc', {
    headers: {
      'content-disposition': disposition,
      'content-length': '3',
      'content-location': '/api/deliveries/d-1',
      etag: `"${sha256}"`,
    },
  });

it.each([
  ['attachment; filename="plans.pdf"', 'plans.pdf'],
  ['attachment; filename=plans.pdf', 'plans.pdf'],
  ['attachment; filename="a \\"b\\" \\\\c.txt"', 'a "b" \\c.txt'],
  ['attachment; filename="?.txt"; filename*=UTF-8\'\'%C3%A4%20%E2%82%AC.txt', 'ä €.txt'],
  ['attachment', 'file'],
])('reads what was taken from %s', async (disposition, name) => {
  const { parcel } = await take(undefined, signal, answering(disposition));
  expect(parcel).toEqual({ url: '/api/deliveries/d-1', name, size: 3, sha256 });
});

it('says who it is, so that it never takes its own', async () => {
  let sent: unknown;
  await take('g-1', signal, async (_input, init) => {
    sent = init?.headers;
    return answering('attachment')();
  });
  expect(sent).toEqual({ 'Exchange-Giver': 'g-1' });
});

it('throws the refusal of the service', async () => {
  const empty = async () =>
    Response.json({ type: '/docs/problems#pool-empty', detail: 'Nothing.' }, { status: 404 });
  await expect(take(undefined, signal, empty)).rejects.toMatchObject({ code: 'pool-empty' });
});
