/** Pools of any size in SQLite, created by one statement: rows without bytes. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { firstSlotOf, minKindSlots } from '../../src/ledger/matching/kind-slots.ts';

/** Puts `size` gifts, each of its own giver, into every second slot of the ledger in a data folder. */
export function fillLedger(dataFolder: string, size: number): void {
  const database = new Database(join(dataFolder, 'ledger.db'), { fileMustExist: true });
  // A failed fill starts over, so it needs no durability.
  database.pragma('synchronous = OFF');
  database.pragma('cache_size = -256000');
  database.transaction(() => {
    database
      .prepare(
        `insert into gift (key, pool_id, giver, name, extension, kind, mime_type, size, sha256, state, slot, given_at, checks)
         with recursive n (i) as (select 1 union all select i + 1 from n where i < ?)
         select lower(hex(randomblob(16))), 1, lower(hex(randomblob(32))), 'gift ' || i || '.txt', 'txt', 'text', 'text/plain',
           4096, lower(hex(randomblob(32))), 'pooled', ? + 2 * i, ?, x'00000000' from n`,
      )
      .run(size, firstSlotOf('text'), Date.now());
    const kindSlots = { text: Math.max(minKindSlots, 2 * size + 1) };
    database.prepare('update pool set kind_slots = ?').run(JSON.stringify(kindSlots));
    const count = database.prepare(
      `insert into counter (pool_id, stripe, name, value) values (1, 0, ?, ?)
       on conflict (pool_id, stripe, name) do update set value = value + excluded.value`,
    );
    for (const name of ['gifts/text', 'extension/txt', 'given_total', 'kept/gifts']) count.run(name, size);
    for (const name of ['bytes/text', 'kept/bytes']) count.run(name, 4096 * size);
  })();
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}
