/** P2 and P3: the word of a receiver counts only once every byte was sent. */
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/contract/api/schemas.ts';
import { receive } from '../clients/receive.ts';
import { closingApps } from '../setup/closing-apps.ts';
import { auditOf, noise } from '../setup/gift-samples.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { abortDownload, fileOf, openTestApp, type TestApp, waitUntil } from '../setup/test-app.ts';

const open = closingApps();
const { place } = scratchFolder();
const size = 300_000;
const minute = 60_000;

async function drawn(app: TestApp) {
  await app.upload('theirs.zip', noise(size));
  const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
  return { ticket, delivery: (await app.client.draw(ticket)) as Delivery };
}

const isMissing = (answer: Promise<unknown>) => expect(answer).rejects.toMatchObject({ code: 'bytes-missing' });

async function fetchRange(app: TestApp, { url }: Delivery, range: string): Promise<void> {
  const answer = await fetch(app.url + url, { headers: { range: `bytes=${range}` } });
  expect([answer.status, (await answer.arrayBuffer()).byteLength > 0]).toEqual([206, true]);
}

describe('an acknowledgement', () => {
  it('without a byte is refused with 409, and takes neither gift nor ticket', async () => {
    const app = await open();
    const { ticket, delivery } = await drawn(app);
    const answer = await fetch(`${app.url}${delivery.url}/received`, { method: 'POST' });
    expect([answer.status, await answer.json()]).toMatchObject([409, { type: '/docs/problems#bytes-missing' }]);
    expect((await app.client.ticket(ticket)).state).toBe('drawn');
    await app.advanceTime(11 * minute);
    expect(await auditOf(app)).toMatchObject({ gifts: { pooled: 2 }, tickets: { open: 1 }, faults: [] });
  });

  it('destroys none of many gifts without their bytes', async () => {
    const app = await open();
    const draws = await Promise.all(Array.from({ length: 5 }, () => drawn(app)));
    const answers = draws.map(({ delivery }) => app.client.received(delivery).catch(({ code }) => code));
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['bytes-missing']));
    expect((await auditOf(app)).gifts).toEqual({ leased: 5, pooled: 5 });
  });

  it('is refused while any byte is missing, and accepted after the last one', async () => {
    const app = await open();
    const { ticket, delivery } = await drawn(app);
    await fetchRange(app, delivery, `1-${size - 1}`);
    await isMissing(app.client.received(delivery));
    expect((await app.client.ticket(ticket)).state).toBe('drawn');
    await fetchRange(app, delivery, '0-0');
    await app.client.received(delivery);
    expect((await app.client.ticket(ticket)).state).toBe('spent');
  });

  it('is refused after the headers alone, and after the facts', async () => {
    const app = await open();
    const { delivery } = await drawn(app);
    await fetch(app.url + delivery.url, { method: 'HEAD' });
    await app.client.facts(delivery);
    await isMissing(app.client.received(delivery));
  });

  it('is accepted after a reset behind the last byte, and after the lease began anew', async () => {
    const app = await open();
    const { ticket, delivery } = await drawn(app);
    await abortDownload(app.port, delivery.url, size);
    await waitUntil(async () => (await app.client.facts(delivery).catch(() => undefined)) !== undefined);
    await app.client.received(delivery);
    expect((await app.client.ticket(ticket)).state).toBe('spent');
  });

  it('is accepted at once from receivers who have all bytes, whatever the service has recorded by then', async () => {
    const app = await open();
    const draws = await Promise.all(Array.from({ length: 20 }, () => drawn(app)));
    await Promise.all(draws.map(({ delivery }) => receive(() => app.client, delivery)));
    expect((await auditOf(app)).tickets).toEqual({ spent: 20 });
  });

  it('is believed after a restart, which may have forgotten what was sent', async () => {
    const before = await openTestApp({}, {}, place());
    const { ticket, delivery } = await drawn(before);
    await isMissing(before.client.received(delivery));
    await before.close();
    const app = await openTestApp({}, {}, place());
    await app.client.received(delivery);
    expect((await app.client.ticket(ticket)).state).toBe('spent');
    await app.close();
  });
});
