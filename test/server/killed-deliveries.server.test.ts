/** A process that is killed after the last byte and before the record of the arrival. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { paths } from '../../src/contract/api/paths.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { startService } from '../setup/service.ts';
import { formOf, waitUntil } from '../setup/test-app.ts';

const reason = await skipReason();
if (reason) console.warn(`Killed deliveries are not tested: ${reason}.`);

let server: Postgres;
beforeAll(async () => {
  if (!reason) server = await startPostgres();
});
afterAll(() => server?.stop());

it.skipIf(reason !== undefined)('gives its gift to no second receiver (P2)', async () => {
  const url = server.url(await server.newDatabase());
  const service = await startService({ DATABASE_URL: url, LEASE: '4s', MAX_FILE_SIZE: '64MiB' });
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  try {
    // More than all socket buffers hold, so that the last byte leaves after the lock.
    const body = formOf('a.txt', 'large '.repeat(8_000_000));
    await fetch(service.url + paths.upload, { method: 'POST', body });
    const [answer] = (await once(get(service.url + paths.download), 'response')) as [IncomingMessage];
    await other.query('begin');
    // The lease is renewed before, or its renewal waits like the record of the arrival.
    await other.query('select id from delivery for update');
    expect((await text(answer)).length).toBe(48_000_000);
    await waitUntil(async () => {
      const { rows } = await other.query('select 1 from pg_stat_activity where wait_event_type = $1', ['Lock']);
      return rows.length > 0;
    });
    service.kill('SIGKILL');
    await service.exited();
    await other.query('rollback');
    await service.restart();
    const { rows } = await other.query('select state from delivery');
    expect(rows).toEqual([{ state: 'received' }]);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect((await fetch(service.url + paths.download)).status).toBe(404);
  } finally {
    await other.end();
    await service.stop();
  }
});
