/** Changes bytes at rest behind the back of a disk vault. */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Changes the stored bytes of a key, in a file or in the bundle. Undefined deletes them. */
export async function corruptAtRest(
  folder: string,
  key: string,
  change: (bytes: Uint8Array) => Uint8Array | undefined,
): Promise<void> {
  const database = new Database(join(folder, 'small.db'), { timeout: 5_000 });
  try {
    const found = database.prepare('select bytes from small where key = ?').pluck().get(key);
    if (found === undefined) return await damageFile(vaultFileOf(folder, key), change);
    const changed = change(found as Uint8Array);
    if (changed === undefined) database.prepare('delete from small where key = ?').run(key);
    else database.prepare('update small set bytes = ? where key = ?').run(changed, key);
  } finally {
    database.close();
  }
}

/** The gifts in the bundle of small files, each by the path that its file would have. */
export function smallFilesIn(folder: string): string[] {
  const path = join(folder, 'small.db');
  if (!existsSync(path)) return [];
  const database = new Database(path, { readonly: true, timeout: 5_000 });
  try {
    const keys = database.prepare('select key from small').pluck().all() as string[];
    return keys.map((key) => vaultFileOf(folder, key));
  } finally {
    database.close();
  }
}

/** The path of a gift with a file of its own. */
const vaultFileOf = (folder: string, key: string): string => join(folder, 'gifts', key.slice(0, 2), key);

async function damageFile(path: string, change: (bytes: Uint8Array) => Uint8Array | undefined): Promise<void> {
  const changed = change(await readFile(path));
  if (changed === undefined) await rm(path);
  else await writeFile(path, changed);
}
