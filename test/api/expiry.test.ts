/** Effects of time (R4, R8): leases, expiry, removal, and the comparison of vault and ledger. */
import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load-settings.ts';
import { acknowledge } from '../../src/exchange/complete.ts';
import { isSuspectDue, minStrayAge, reconcile, suspicionTime } from '../../src/exchange/maintenance/reconcile.ts';
import { createServer } from '../../src/http/server.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { fileOf, openTestApp, reconcileTwice, type TestApp, waitUntil } from '../setup/test-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await openTestApp({
    LEASE: '10m',
    HOLD: '1h',
    GRACE: '5m',
    GIFT_TTL: '2d',
    TICKET_TTL: '4d',
    // Each gift has a file of its own, which a test can remove.
    BUNDLE_UP_TO: '0',
  });
});
afterEach(() => app.close());

const minute = 60_000;
const day = 24 * 60 * minute;
const faults = async () => (await app.running.context.ledger.audit()).faults;
const reconciled = () => reconcileTwice({ ...app.running.context, now: () => Date.now() + 2 * minStrayAge });

describe('time', () => {
  it('returns an unfetched gift to the pool and makes its ticket good again', async () => {
    await app.upload('theirs.txt', 'theirs');
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const first = await app.client.draw(ticket);
    await app.advanceTime(11 * minute);
    expect((await app.client.ticket(ticket)).state).toBe('open');
    await expect(app.client.fetchDelivery(first as { url: string })).rejects.toMatchObject({
      code: 'delivery-over',
    });
    const second = await app.client.draw(ticket);
    expect(second?.name).toBe('theirs.txt');
    expect(second?.url).not.toBe(first?.url);
    expect(await faults()).toEqual([]);
  });

  it('refuses an acknowledgement that comes when the lease ends', async () => {
    await app.upload('theirs.txt', 'theirs');
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const { url } = (await app.client.draw(ticket)) as { url: string };
    const { ledger } = app.running.context;
    const findDelivery: typeof ledger.findDelivery = async (secretHash) => {
      const delivery = await ledger.findDelivery(secretHash);
      await app.advanceTime(11 * minute);
      return delivery;
    };
    const context = { ...app.running.context, ledger: { ...ledger, findDelivery } };
    await expect(acknowledge(context, basename(url))).rejects.toMatchObject({
      code: 'delivery-over',
    });
    expect(await app.client.poolStats()).toMatchObject({ delivered_total: 0 });
  });

  it('gives a gift held for an absent ticket to the next one, and keeps the ticket good', async () => {
    const away = await app.client.give(fileOf('a.txt', 'a'));
    expect(await app.client.draw(away.ticket)).toBeUndefined();
    await app.upload('b.txt', 'b');
    expect((await app.client.ticket(away.ticket)).state).toBe('ready');
    await app.advanceTime(61 * minute);
    expect((await app.client.ticket(away.ticket)).state).toBe('open');
    expect((await app.client.draw(away.ticket))?.name).toBe('b.txt');
  });

  it('expires tickets, then the gifts that were owed to them', async () => {
    const { ticket } = await app.client.give(fileOf('a.txt', 'a'));
    await app.upload('free.txt', 'free');
    await app.advanceTime(3 * day);
    expect(await app.client.poolStats()).toMatchObject({ file_count: 1, free_count: 0 });
    await app.advanceTime(2 * day);
    expect((await app.client.ticket(ticket)).state).toBe('expired');
    expect(await app.client.poolStats()).toMatchObject({ file_count: 0 });
    await waitUntil(async () => (await app.blobs()).length === 0);
    expect(await faults()).toEqual([]);
  });

  it('purges the rows in the end', async () => {
    await app.upload('a.txt', 'a');
    await (await fetch(`${app.url}/api/download`)).text();
    await waitUntil(async () => (await app.running.context.ledger.audit()).gifts.delivered === 1);
    await app.advanceTime(6 * minute);
    await app.advanceTime(9 * day);
    expect(await app.running.context.ledger.audit()).toMatchObject({
      gifts: {},
      deliveries: {},
      faults: [],
    });
  });
});

describe('the comparison of vault and ledger', () => {
  const stray = async () => {
    const shard = join(app.folder, 'vault', 'gifts', 'ab');
    await mkdir(shard, { recursive: true });
    await writeFile(join(shard, `ab${'0'.repeat(30)}`), 'stray');
  };

  it('removes bytes without a row, but never young ones', async () => {
    await stray();
    expect(await reconcile(app.running.context)).toMatchObject({ stray: 0 });
    expect(await app.blobs()).toHaveLength(1);
    expect(await reconciled()).toMatchObject({ stray: 1, missing: 0 });
    expect(await app.blobs()).toHaveLength(0);
  });

  it('ignores a difference that has gone a minute later', async () => {
    await stray();
    const { context } = app.running;
    // The scheduled sweep has its own list of suspects.
    const suspects = new Map<string, number>();
    const late = { ...context, suspects, now: () => Date.now() + 2 * minStrayAge };
    const lookAt = (elapsed: number) => reconcile({ ...late, elapsed: () => elapsed });
    expect(await lookAt(0)).toMatchObject({ stray: 0, doubtful: 1 });
    expect(isSuspectDue({ ...late, elapsed: () => suspicionTime - 1 })).toBe(false);
    expect(await lookAt(suspicionTime - 1)).toMatchObject({ stray: 0, doubtful: 1 });
    const [path] = await app.blobs();
    await rm(path as string);
    expect(await lookAt(suspicionTime)).toMatchObject({ stray: 0, doubtful: 0 });
    await stray();
    expect(await lookAt(suspicionTime)).toMatchObject({ stray: 0, doubtful: 1 });
    expect(isSuspectDue({ ...late, elapsed: () => 2 * suspicionTime })).toBe(true);
    expect(await lookAt(2 * suspicionTime)).toMatchObject({ stray: 1, doubtful: 0 });
  });

  it('removes the remains of an interrupted upload', async () => {
    const left = join(app.folder, 'vault', 'incoming', 'f'.repeat(32));
    await writeFile(left, 'half');
    await utimes(left, new Date(), new Date());
    expect(await reconcile(app.running.context)).toMatchObject({ unfinished: 0 });
    const late = { ...app.running.context, now: () => Date.now() + 2 * minStrayAge };
    expect(await reconcile(late)).toMatchObject({ unfinished: 1 });
  });

  it('quarantines rows without bytes, and nothing else', async () => {
    await app.upload('kept.txt', 'kept');
    const [kept] = await app.blobs();
    await app.upload('lost.txt', 'lost');
    const lost = (await app.blobs()).find((path) => path !== kept);
    await rm(lost as string);
    expect(await reconciled()).toMatchObject({ stray: 0, missing: 1 });
    expect((await app.client.poolStats()).file_count).toBe(1);
    expect(await (await fetch(`${app.url}/api/download`)).text()).toBe('kept');
    expect(await faults()).toEqual([]);
  });

  it('does not take an unreachable vault for an empty one', async () => {
    await app.upload('kept.txt', 'kept');
    const gifts = join(app.folder, 'vault', 'gifts');
    await rename(gifts, `${gifts}.away`);
    await expect(reconciled()).rejects.toThrow();
    await rename(`${gifts}.away`, gifts);
    expect((await app.client.poolStats()).file_count).toBe(1);
  });
});

describe('readiness', () => {
  it('is lost when the vault cannot store bytes', async () => {
    const ready = async () => {
      const answer = await app.ready();
      return [answer.status, await answer.json()];
    };
    expect(await ready()).toEqual([200, { status: 'ok', checks: { ledger: 'ok', vault: 'ok' } }]);
    const incoming = join(app.folder, 'vault', 'incoming');
    await rename(incoming, `${incoming}.away`);
    expect(await ready()).toEqual([503, { status: 'failing', checks: { ledger: 'ok', vault: 'failing' } }]);
    expect((await app.upload('a.txt', 'a')).status).toBe(503);
    await rename(`${incoming}.away`, incoming);
  });
});

describe('shutdown', () => {
  it('records arrivals until the end', async () => {
    const { context } = app.running;
    const vault: Vault = {
      ...context.vault,
      /** Delays closing a file until long after its last byte. */
      read: async function* (...what: Parameters<typeof context.vault.read>) {
        try {
          yield* context.vault.read(...what);
        } finally {
          await new Promise((resolve) => setTimeout(resolve, 300));
        }
      },
    };
    const ending = await createServer({
      logFault: () => undefined,
      exchange: { ...context, vault },
      settings: readConfig([], { RATE_LIMIT: 'off' }, 'no.env'),
      logger: pino({ level: 'silent' }),
      webRoot: join(import.meta.dirname, '../../dist/web'),
      readBuiltPage: async () => undefined,
      readPage: async () => undefined,
      version: '0',
    });
    const url = await ending.listen({ port: 0, host: '127.0.0.1' });
    await app.upload('theirs.txt', 'theirs');
    const answer = await fetch(`${url}/api/download`, { headers: { connection: 'close' } });
    expect(await answer.text()).toBe('theirs');
    await ending.close();
    expect(await app.client.poolStats()).toMatchObject({ delivered_total: 1 });
  });
});
