/** The facts of a delivery, requested as JSON instead of its bytes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { receive } from '../clients/receive.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

async function drawn() {
  await app.upload('theirs.txt', 'theirs');
  const { ticket } = await app.client.give(fileOf('mine.txt', `mine ${Math.random()}`));
  const delivery = await app.client.draw(ticket);
  if (!delivery) throw new Error('nothing drawn');
  return { ticket, delivery };
}

const ask = (url: string, accept?: string, method = 'GET') =>
  fetch(app.url + url, { method, ...(accept === undefined ? {} : { headers: { accept } }) });

it('returns what the draw returned, any number of times, and changes nothing', async () => {
  const { ticket, delivery } = await drawn();
  expect(await app.client.facts(delivery)).toEqual(delivery);
  await app.advanceTime(10_000);
  expect(await app.client.facts(delivery)).toEqual(delivery);
  expect((await app.client.ticket(ticket)).state).toBe('drawn');
  expect(await (await app.client.fetchDelivery(delivery)).text()).toBe(await (await ask(delivery.url)).text());
});

it('returns them only to requests that accept JSON explicitly', async () => {
  const { delivery } = await drawn();
  const types = async (accept?: string) => {
    const answer = await ask(delivery.url, accept);
    await answer.arrayBuffer();
    return [answer.status, answer.headers.get('content-type'), answer.headers.get('vary')];
  };
  expect(await types('application/json')).toEqual([200, 'application/json; charset=utf-8', 'Accept']);
  for (const accept of [undefined, '*/*', 'text/html,*/*;q=0.8', 'application/*', 'text/json']) {
    expect(await types(accept)).toEqual([200, 'application/octet-stream', 'Accept']);
  }
  expect((await ask(delivery.url, undefined, 'HEAD')).headers.get('vary')).toBe('Accept');
});

it('forbids caching and does not serve ranges of them', async () => {
  const { delivery } = await drawn();
  const headers = { accept: 'application/json', range: 'bytes=1-2' };
  const answer = await fetch(app.url + delivery.url, { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(await answer.json()).toEqual({ delivery });
});

it('ends with the delivery', async () => {
  const { ticket, delivery } = await drawn();
  await receive(() => app.client, delivery);
  await app.advanceTime(0);
  await expect(app.client.facts(delivery)).rejects.toMatchObject({ code: 'delivery-over' });
  expect((await app.client.ticket(ticket)).state).toBe('spent');
  await expect(app.client.facts({ url: '/api/deliveries/d_nothing' })).rejects.toMatchObject({
    code: 'delivery-unknown',
  });
});

it('varies by origin where the answer depends on it', async () => {
  const choosy = await openTestApp({ CORS_ORIGINS: 'https://a.example,https://b.example' });
  const answer = await fetch(`${choosy.url}/api/deliveries/d_nothing`);
  expect(answer.headers.get('vary')).toBe('Origin, Accept');
  await choosy.close();
});
