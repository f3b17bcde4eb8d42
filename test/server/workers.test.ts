/**
 * Several worker processes on SQLite (`WORKERS`): they lose nothing when one dies, notify each other, share limits, and
 * start and end as one.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { PoolStats, TicketStatus } from '../../src/contract/api/schemas.ts';
import { type Client, createClient } from '../../src/contract/client.ts';
import { findSqliteLedger } from '../../src/ledger/create-ledger.ts';
import { createExchangeLoad, newContent, textFile } from '../clients/exchange-load.ts';
import { openConnections } from '../clients/raw-connection.ts';
import { retryUntilAnswered } from '../clients/retry.ts';
import { startSlowGift } from '../clients/transfers.ts';
import { readEventsUntil } from '../setup/event-stream.ts';
import { builtProgram, childProcessesOf, type RunOptions, type Service, startService } from '../setup/service.ts';
import { formOf, waitUntil } from '../setup/test-app.ts';

const workers = 3;
const clients = 64;
/** No request, on one connection for each worker. */
const silence = Array<string>(workers).fill('');
let service: Service;
afterEach(() => {
  // A test of its own covers how they end.
  service.kill('SIGKILL');
  return service.stop();
});

const start = async (settings: Readonly<Record<string, string>> = {}, options?: RunOptions) => {
  const many = { WORKERS: String(workers), RATE_LIMIT: 'off', ...settings };
  service = await startService(many, options);
};

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const anyClient = (): Client => createClient(service.url);

/** Audits the ledger. */
async function audit() {
  const ledger = await findSqliteLedger(join(service.dataDir, 'ledger.db'), randomInt, false);
  const found = await ledger?.audit();
  await ledger?.close();
  return found ?? expect.unreachable('there is no ledger');
}

/** The status of a request on a new connection: each time another worker answers. */
async function statusOf(path: string, init: RequestInit = {}): Promise<number> {
  const headers = { ...init.headers, connection: 'close' };
  const answer = await fetch(service.url + path, { ...init, headers });
  await answer.arrayBuffer();
  return answer.status;
}

const upload = () => statusOf('/api/upload', { method: 'POST', body: formOf('a.txt', newContent()) });

describe('workers', () => {
  it('lose and double nothing, and leave no client waiting, when one is killed repeatedly', async () => {
    await start();
    const load = createExchangeLoad(anyClient);
    const running = load.run(clients, 600);
    // More than once: connections in the accept queue of a dying worker are reset, and clients retry.
    for (const given of [100, 200, 300, 400]) {
      await waitUntil(() => load.given.size > given);
      const [victim] = childProcessesOf(service.pid) as [number];
      process.kill(victim, 'SIGKILL');
      await waitUntil(() => !childProcessesOf(service.pid).includes(victim));
    }
    await waitUntil(() => childProcessesOf(service.pid).length === workers);
    await running;
    await load.verify(audit);
  });

  it('count a delivery in flight at a death as possibly received', async () => {
    await start({ METRICS: 'on', LEASE: '4s' });
    const client = anyClient();
    const { ticket } = await client.give(textFile(newContent()));
    await client.give(textFile(newContent()));
    expect(await client.draw(ticket)).toBeDefined();
    const [victim] = childProcessesOf(service.pid) as [number];
    process.kill(victim, 'SIGKILL');
    const metrics = () => retryUntilAnswered(async () => (await fetch(`${service.url}/metrics`)).text());
    await waitUntil(async () => (await metrics()).includes('rfx_deliveries_released_total 1\n'));
    expect(await metrics()).toContain('rfx_gifts_redelivered_total 1\n');
  });

  it('notify each other', async () => {
    await start();
    const client = anyClient();
    const { ticket } = await client.give(textFile(newContent()));
    expect(await client.draw(ticket)).toBeUndefined();
    // Two streams for each worker; the last one opened triggers the gift.
    let open = 0;
    const isEachOpen = async () => {
      open += 1;
      if (open === workers * 2) await client.give(textFile(newContent()));
    };
    const [seen] = await Promise.all([
      Promise.all(
        Array.from({ length: workers }, () =>
          readEventsUntil<TicketStatus>(client.eventsUrl({ ticket }), ({ state }) => state !== 'waiting', isEachOpen),
        ),
      ),
      Promise.all(
        Array.from({ length: workers }, () =>
          readEventsUntil<PoolStats>(client.eventsUrl('pool'), ({ given_total }) => given_total === 2, isEachOpen),
        ),
      ),
    ]);
    expect(seen.map((states) => states.at(-1)?.state)).toEqual(Array(workers).fill('ready'));
  });

  it('share the rate limits', async () => {
    await start({ RATE_LIMIT: 'on', DRAWS_PER_MINUTE: '60', MAX_CONNECTIONS: '9' });
    // Each worker may spend the whole limit before they synchronise, but no more.
    let draws = 0;
    const isRefused = async () => {
      const status = await statusOf('/api/download');
      if (status === 404) draws += 1;
      return status === 429;
    };
    await waitUntil(async () => {
      const refused = await Promise.all(Array.from({ length: workers }, isRefused));
      return refused.every(Boolean);
    });
    expect(draws).toBeLessThan(60 * workers);
    const sockets = await openConnections(service.port, ...Array<string>(30).fill(''));
    await waitUntil(() => sockets.filter(({ destroyed }) => !destroyed).length <= 9);
    expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(9);
    for (const socket of sockets) socket.destroy();
  });

  it('report the metrics of all of them, whichever is asked', async () => {
    await start({ METRICS: 'on' });
    for (let gift = 0; gift < 5; gift++) expect(await upload()).toBe(200);
    for (let scrape = 0; scrape < workers + 1; scrape++) {
      const answer = await fetch(`${service.url}/metrics`, { headers: { connection: 'close' } });
      const text = await answer.text();
      expect(text).toContain('rfx_http_requests_total{route="/api/upload",status="2xx"} 5\n');
      expect(text).toContain('rfx_gifts_pooled 5\n');
      expect(text).toContain('rfx_vault_ready 1\n');
    }
  });

  it('start and end as one', async () => {
    const output: string[] = [];
    await start({}, { onOutput: (said) => void output.push(said) });
    const pids = childProcessesOf(service.pid);
    expect(pids).toHaveLength(workers);
    const lines = await openConnections(service.port, ...silence);
    const endGift = await startSlowGift(service.url);
    service.kill('SIGTERM');
    // Idle connections do not delay the end, and new ones are refused.
    await waitUntil(() => lines.every(({ closed }) => closed));
    await waitUntil(() =>
      statusOf('/health/live').then(
        () => false,
        () => true,
      ),
    );
    expect(await endGift()).toBe(201);
    expect(await service.exited()).toEqual({ code: 0, signal: null });
    expect(pids.filter(isAlive)).toEqual([]);
    const line = `Random File Exchange is open at http://localhost:${service.port}\n`;
    expect(output.join('')).toBe(line);
  });

  it('leave no client hanging that connects while they stop listening', async () => {
    await start();
    const lines = await openConnections(service.port, ...silence);
    const gifts = await Promise.all(silence.map(() => startSlowGift(service.url)));
    const pids = childProcessesOf(service.pid);
    // Stopped, so that it starts no other workers meanwhile.
    process.kill(service.pid, 'SIGSTOP');
    const [last] = (await openConnections(service.port, '')) as [Socket];
    for (const pid of pids) process.kill(pid, 'SIGTERM');
    await waitUntil(() => lines.every(({ closed }) => closed));
    process.kill(service.pid, 'SIGCONT');
    await waitUntil(() => last.closed);
    expect(await Promise.all(gifts.map((end) => end()))).toEqual(Array(workers).fill(201));
    await waitUntil(() => !pids.some(isAlive));
    expect(await retryUntilAnswered(() => statusOf('/health/live'))).toBe(200);
  });

  it('end at once with their primary when it is killed, and start again on its data', async () => {
    await start();
    expect(await upload()).toBe(200);
    const pids = childProcessesOf(service.pid);
    await service.restart();
    await waitUntil(() => !pids.some(isAlive));
    expect(await statusOf('/api/download')).toBe(200);
    expect((await audit()).faults).toEqual([]);
  });

  it('report in one sentence why they cannot start', async () => {
    await start();
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [builtProgram, '--workers', '2', ...args], {
        env: { PATH: process.env.PATH, LOG_LEVEL: 'silent' },
        encoding: 'utf8',
        timeout: 30_000,
      });
    const elsewhere = join(service.dataDir, '..', 'elsewhere');
    const inUse = run('--port', String(service.port), '--data-dir', elsewhere);
    expect([inUse.status, inUse.stderr]).toEqual([
      1,
      `Port ${service.port} is in use; stop what uses it or choose another with --port.\n`,
    ]);
    const locked = run('--port', '0', '--data-dir', service.dataDir);
    expect([locked.status, locked.stderr]).toEqual([
      1,
      expect.stringMatching(/^Another process is running on the data folder [^\n]+\n$/),
    ]);
  });
});
