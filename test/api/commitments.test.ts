/** A draw is a commitment: a lapse is no way to look at more gifts, and a lease ends. */
import { expect, it } from 'vitest';
import { closingApps } from '../setup/closing-apps.ts';
import { auditOf, noise } from '../setup/gift-samples.ts';
import { fileOf, type TestApp, waitUntil } from '../setup/test-app.ts';

const open = closingApps();
const minute = 60_000;

async function fetchByte(app: TestApp, url: string, at: number): Promise<number> {
  const answer = await fetch(app.url + url, { headers: { range: `bytes=${at}-${at}` } });
  await answer.arrayBuffer();
  return answer.status;
}

it('one ticket over twelve leases sees one gift of twelve, waits ever longer, and takes it at last', async () => {
  const app = await open();
  for (let n = 0; n < 12; n++) await app.upload(`${n}.txt`, `gift ${n}`);
  const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
  const seen = new Set<string>();
  for (let lease = 0; lease < 12; lease++) {
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    expect(await fetchByte(app, delivery.url, 1)).toBe(206);
    seen.add(delivery.sha256);
    await app.advanceTime(11 * minute);
    if (lease > 0) await expect(app.client.draw(ticket)).rejects.toMatchObject({ code: 'draw-delayed' });
    await app.advanceTime(24 * 60 * minute);
  }
  expect(seen.size).toBe(1);
  expect((await auditOf(app)).gifts).toEqual({ pooled: 13 });
  const last = await app.client.draw(ticket);
  expect(await (await app.client.fetchDelivery(last as { url: string })).text()).toMatch(/^gift \d+$/);
  await waitUntil(async () => (await app.client.ticket(ticket)).state === 'spent');
});

it('a ticket that stops one byte before the end is spent the second time', async () => {
  const app = await open();
  for (let n = 0; n < 3; n++) await app.upload(`${n}.txt`, `gift ${n}`);
  const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
  const readMost = async () => {
    const delivery = await app.client.draw(ticket);
    if (!delivery) throw new Error('nothing drawn');
    const answer = await fetch(app.url + delivery.url, { headers: { range: 'bytes=0-4' } });
    expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([206, 5]);
    await app.advanceTime(11 * minute);
  };
  await readMost();
  expect((await app.client.ticket(ticket)).state).toBe('open');
  await readMost();
  expect((await app.client.ticket(ticket)).state).toBe('spent');
  expect((await auditOf(app)).gifts).toMatchObject({ delivered: 1, pooled: 3 });
});

it.each([
  ['the same byte', 6, () => 0],
  ['one byte more each time', 8, (asked: number) => asked],
])('a lease that is kept alive by %s ends', async (_what, most, byteAt) => {
  const app = await open({ MIN_SPEED: '4KiB' });
  // 512 KiB at 4 KiB a second take 128 seconds, and twice that is less than 5 minutes.
  await app.upload('big.zip', noise(512 * 1024));
  const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
  const delivery = await app.client.draw(ticket);
  if (!delivery) throw new Error('nothing drawn');
  let asked = 0;
  while ((await fetchByte(app, delivery.url, byteAt(asked))) === 206) {
    await app.advanceTime(2 * minute);
    asked += 1;
    if (asked > 20) break;
  }
  expect(asked).toBeLessThanOrEqual(most);
  expect((await app.client.ticket(ticket)).state).toBe('open');
  await expect(app.client.fetchDelivery(delivery)).rejects.toMatchObject({ code: 'delivery-over' });
});
