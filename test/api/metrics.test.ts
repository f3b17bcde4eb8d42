/** `GET /metrics` (R40): its values, its documentation and its access control. */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load-settings.ts';
import { runDueJobs } from '../../src/exchange/maintenance/jobs.ts';
import { suspicionTime } from '../../src/exchange/maintenance/reconcile.ts';
import { openMetrics } from '../../src/http/metrics/metrics.ts';
import { abortDownload, fileOf, openTestApp, type TestApp, waitUntil } from '../setup/test-app.ts';

let apps: TestApp[] = [];
afterEach(async () => {
  for (const app of apps) await app.close();
  apps = [];
});

async function openWith(settings: Record<string, string> = { METRICS: 'on' }): Promise<TestApp> {
  const app = await openTestApp({ LEASE: '10m', ...settings });
  apps.push(app);
  return app;
}

const ask = (app: TestApp, headers: Record<string, string> = {}) => fetch(`${app.url}/metrics`, { headers });

/** Every value by its name with labels. */
async function read(app: TestApp): Promise<ReadonlyMap<string, number>> {
  return valuesIn(await (await ask(app)).text());
}

function valuesIn(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name = '', value] = /^(.+) (\S+)$/.exec(line) ?? [];
      return [name, Number(value)] as const;
    }),
  );
}

async function ours(app: TestApp): Promise<Record<string, number>> {
  const values = [...(await read(app))].filter(([name]) => name.startsWith('rfx_'));
  return Object.fromEntries(values.filter(([name]) => !name.startsWith('rfx_http_')));
}

const minute = 60_000;

describe('metrics', () => {
  it('are complete from the start', async () => {
    const app = await openWith();
    await waitUntil(async () => (await ours(app)).rfx_reconcile_last_timestamp_seconds !== 0);
    const { rfx_vault_free_bytes, rfx_reconcile_last_timestamp_seconds, ...rest } = await ours(app);
    expect(rfx_vault_free_bytes).toBeGreaterThan(0);
    expect(Math.abs((rfx_reconcile_last_timestamp_seconds ?? 0) - Date.now() / 1000)).toBeLessThan(600);
    const { rfx_ledger_ready, rfx_vault_ready, ...counts } = rest;
    expect([rfx_ledger_ready, rfx_vault_ready]).toEqual([1, 1]);
    expect(new Set(Object.values(counts))).toEqual(new Set([0]));
    const answered = await read(app);
    expect(answered.get('rfx_http_requests_total{route="/api/exchange",status="5xx"}')).toBe(0);
    expect(answered.has('process_resident_memory_bytes')).toBe(true);
    expect(answered.has('nodejs_eventloop_lag_seconds')).toBe(true);
  });

  it('count events', async () => {
    const app = await openWith();
    const { client } = app;
    await app.upload('free.txt', 'nine char');
    expect(await ours(app)).toMatchObject({
      rfx_gifts_pooled: 1,
      rfx_gifts_pooled_bytes: 9,
      rfx_gifts_given_total: 1,
    });
    const ada = await client.give(fileOf('a.txt', 'a'));
    const ben = await client.give(fileOf('b.txt', 'b'));
    expect(await ours(app)).toMatchObject({ rfx_gifts_pooled: 3, rfx_tickets_open: 2 });
    await client.draw(ada.ticket);
    expect(await ours(app)).toMatchObject({
      rfx_gifts_pooled: 2,
      rfx_gifts_leased: 1,
      rfx_tickets_open: 1,
    });
    await app.advanceTime(11 * minute);
    expect(await ours(app)).toMatchObject({
      rfx_gifts_pooled: 3,
      rfx_gifts_leased: 0,
      rfx_deliveries_released_total: 1,
      rfx_gifts_redelivered_total: 0,
    });
    await (await fetch(`${app.url}/api/download`)).text();
    await waitUntil(async () => (await ours(app)).rfx_gifts_delivered_total === 1);
    const fate = (await client.ticket(ben.ticket)).gift.fate;
    if (fate === 'waiting') await client.withdraw(ben.ticket);
    expect(await ours(app)).toMatchObject({
      rfx_gifts_given_total: 3,
      rfx_gifts_withdrawn_total: fate === 'waiting' ? 1 : 0,
      rfx_gifts_leased: 0,
    });
  });

  it('count waiting tickets', async () => {
    const app = await openWith();
    const { ticket } = await app.client.give(fileOf('a.txt', 'a'));
    expect(await app.client.draw(ticket)).toBeUndefined();
    expect(await ours(app)).toMatchObject({ rfx_tickets_open: 1, rfx_tickets_waiting: 1 });
    await app.upload('b.txt', 'b');
    expect(await ours(app)).toMatchObject({
      rfx_tickets_open: 0,
      rfx_tickets_waiting: 0,
      rfx_gifts_leased: 1,
    });
  });

  it('count a gift that is delivered again after a part of it was sent', async () => {
    const app = await openWith();
    await app.upload('large.txt', 'x'.repeat(30_000_000));
    await abortDownload(app.port, '/api/download', 200_000);
    await waitUntil(async () => (await ours(app)).rfx_transfers === 0);
    await app.advanceTime(11 * minute);
    expect(await ours(app)).toMatchObject({
      rfx_gifts_pooled: 1,
      rfx_deliveries_released_total: 1,
      rfx_gifts_redelivered_total: 1,
    });
  });

  it('count requests by route and class without revealing paths', async () => {
    const app = await openWith();
    await app.upload('a.txt', 'a');
    await fetch(`${app.url}/api/tickets/t_hidden`);
    await fetch(`${app.url}/hidden/place`);
    await (await fetch(`${app.url}/api/download`)).text();
    const requests = async (route: string, status: string) =>
      (await read(app)).get(`rfx_http_requests_total{route="${route}",status="${status}"}`);
    await waitUntil(async () => (await requests('/api/download', '2xx')) === 1);
    expect(await requests('/api/upload', '2xx')).toBe(1);
    expect(await requests('/api/tickets/:ticket', '4xx')).toBe(1);
    expect(await requests('none', '4xx')).toBe(1);
    expect(await (await ask(app)).text()).not.toContain('hidden');
  });

  it('report the last comparison of vault and ledger, even after a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rfx-metrics-'));
    const app = await openTestApp({ METRICS: 'on', BUNDLE_UP_TO: '0' }, {}, folder);
    for (const name of ['a.txt', 'b.txt']) await app.upload(name, name);
    const [lost] = await app.blobs();
    await rm(lost as string);
    const stray = join(app.folder, 'vault', 'gifts', 'ab', `ab${'0'.repeat(30)}`);
    await writeFile(stray, 'stray');
    const inHours = 3 * 60 * minute;
    const later = { ...app.running.context, now: () => Date.now() + inHours };
    await runDueJobs({ ...later, elapsed: () => 0 });
    expect(await ours(app)).toMatchObject({ rfx_reconcile_doubts: 2, rfx_reconcile_ghosts: 0 });
    await runDueJobs({ ...later, elapsed: () => suspicionTime });
    const found = {
      rfx_reconcile_rows: 2,
      rfx_reconcile_blobs: 2,
      rfx_reconcile_ghosts: 1,
      rfx_reconcile_strays: 1,
      rfx_gifts_quarantined_total: 1,
    };
    expect(await ours(app)).toMatchObject(found);
    await app.close();
    const again = await openTestApp({ METRICS: 'on', BUNDLE_UP_TO: '0' }, {}, folder);
    expect(await ours(again)).toMatchObject(found);
    await again.close();
    await rm(folder, { recursive: true });
  });

  it('report a failing vault together with all other values', async () => {
    const app = await openWith();
    await app.upload('a.txt', 'a');
    const vault = join(app.folder, 'vault');
    await rename(vault, `${vault}.away`);
    // The free space is cached for a moment.
    await expect.poll(() => ours(app)).not.toHaveProperty('rfx_vault_free_bytes');
    const told = await ours(app);
    await rename(`${vault}.away`, vault);
    expect(told).toMatchObject({ rfx_ledger_ready: 1, rfx_vault_ready: 0, rfx_gifts_pooled: 1 });
    expect(told).not.toHaveProperty('rfx_vault_free_bytes');
    expect(await ours(app)).toMatchObject({ rfx_vault_ready: 1 });
  });
});

describe('a ledger that does not answer', () => {
  it('is not waited for; all other metrics are reported', async () => {
    const { context } = (await openWith()).running;
    const metricsNeverRead = () => new Promise<never>(() => undefined);
    const check = () => Promise.reject(new Error('away'));
    const metrics = await openMetrics({
      logFault: () => undefined,
      exchange: { ...context, ledger: { ...context.ledger, metrics: metricsNeverRead, check } },
      settings: readConfig([], { METRICS: 'on' }, 'no.env'),
    });
    const told = valuesIn((await metrics?.readAll())?.text ?? '');
    expect(told.get('rfx_ledger_ready')).toBe(0);
    expect(told.get('rfx_vault_ready')).toBe(1);
    expect(told.has('rfx_gifts_pooled')).toBe(false);
    expect(told.has('rfx_gifts_given_total')).toBe(false);
  });
});

describe('access', () => {
  const status = async (settings: Record<string, string>, headers: Record<string, string> = {}) =>
    (await ask(await openWith(settings), headers)).status;

  it('is denied by default', async () => {
    expect(await status({})).toBe(404);
  });

  it('is granted to this machine, but not to clients of a proxy on it', async () => {
    expect(await status({ METRICS: 'on' })).toBe(200);
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
      expect(await status({ METRICS: 'on' }, { [name]: '127.0.0.1' })).toBe(404);
    }
    const trusting = { METRICS: 'on', TRUST_PROXY: '127.0.0.1' };
    expect(await status(trusting, { 'x-forwarded-for': '192.0.2.7' })).toBe(404);
  });

  it('is granted with the token only', async () => {
    const app = await openWith({ METRICS: 'on', METRICS_TOKEN: 'open-sesame' });
    const with_ = async (authorization?: string) =>
      (await ask(app, authorization === undefined ? {} : { authorization })).status;
    expect(await with_('Bearer open-sesame')).toBe(200);
    for (const wrong of [undefined, '', 'Bearer', 'Bearer open-sesam', 'Basic open-sesame']) {
      expect([wrong, await with_(wrong)]).toEqual([wrong, 404]);
    }
  });
});

describe('docs/guide/metrics.md', () => {
  it('documents every metric in the words of its definition, and no other', async () => {
    const app = await openWith();
    const text = await (await ask(app)).text();
    const page = await readFile(join(import.meta.dirname, '../../docs/guide/metrics.md'), 'utf8');
    const told = [...text.matchAll(/^# HELP (rfx_\w+) (.+)$/gm)].map(
      ([, name, help]) => `- \`${name}\` (${typeOf(text, name as string)}): ${help}`,
    );
    const documented = page.split('\n').filter((line) => line.startsWith('- `rfx_'));
    expect(documented.toSorted()).toEqual(told.toSorted());
    const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    const used = [...page.matchAll(/\b(?:rfx|process|nodejs)_\w+/g)].map(([name]) => name);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });
});

const typeOf = (text: string, name: string) => new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1];
