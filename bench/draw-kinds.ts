/**
 * The cost of a draw by kind on PostgreSQL with fsync, against a draw of anything. Usage: `npm run bench:kinds`, or `npm run
 * bench:kinds -- 1000 10000` for other sizes. `npm run bench:draw` measures it in SQLite.
 */
import { randomInt } from 'node:crypto';
import { totalmem } from 'node:os';
import pg from 'pg';
import { openPostgresLedger } from '../src/ledger/create-ledger.ts';
import { skipReason, startPostgres } from '../test/setup/postgres.ts';
import { compareKinds, giftsOfKinds } from './tools/kind-draws.ts';
import { makeKindPool, vacuumAndCheckpoint, warmCache } from './tools/postgres-pool.ts';

const reason = await skipReason();
if (reason !== undefined) throw new Error(`This cannot be measured here: ${reason}.`);
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 100_000, 1_000_000];

// The memory that docs/guide/scaling.md recommends, and no checkpoint during a round.
const server = await startPostgres([
  `shared_buffers=${Math.floor(totalmem() / 4 / 2 ** 20)}MB`,
  'max_wal_size=32GB',
  'checkpoint_timeout=1h',
]);
try {
  for (const size of sizes) {
    const first = new pg.Client(server.url());
    await first.connect();
    await first.query(`create database kinds_${size}`);
    await first.end();
    const url = server.url(`kinds_${size}`);
    const client = await makeKindPool(url, giftsOfKinds(size));
    await warmCache(client);
    await vacuumAndCheckpoint(client);
    const ledger = await openPostgresLedger(url, (n) => randomInt(n));
    await compareKinds({ size, ledger, now: 0, drawn: 0 });
    await ledger.close();
    await client.end();
  }
} finally {
  await server.stop();
}
