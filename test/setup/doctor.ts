/** A populated exchange for tests of `rfx doctor`. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readConfig } from '../../src/config/load-settings.ts';
import { minStrayAge } from '../../src/exchange/maintenance/reconcile.ts';
import type { GiftState } from '../../src/ledger/types.ts';
import { type DoctorOptions, type DoctorReport, runChecks } from '../../src/operations/doctor/run-checks.ts';
import type { ProgressSink, Target } from '../../src/operations/doctor/target.ts';
import { openTarget } from '../../src/operations/doctor/target.ts';
import { fileOf, type TestApp } from './test-app.ts';

/** No progress output, and no waiting before the second look. */
const quiet: ProgressSink = { progress: () => undefined, settle: async () => undefined };

/** Deviations of a test from the usual run of the doctor. */
export interface DoctorOverrides {
  readonly options?: Partial<DoctorOptions>;
  readonly progress?: Partial<ProgressSink>;
  readonly target?: (patient: Target) => Partial<Target>;
}

/** Runs the doctor on an exchange, at a time when nothing is in flight any more. */
export async function runDoctor(
  settings: Readonly<Record<string, string>>,
  { options = {}, progress = {}, target: other = () => ({}) }: DoctorOverrides = {},
): Promise<DoctorReport> {
  const wanted = { share: 0, repair: false, acceptLoss: false, ...options };
  const found = await openTarget(readConfig([], settings, 'no.env'), wanted.repair);
  const later = { ...found, now: () => Date.now() + 2 * minStrayAge };
  try {
    return await runChecks({ ...later, ...other(later) }, wanted, { ...quiet, ...progress });
  } finally {
    await found.close();
  }
}

/** Creates tickets in every state, an unfinished delivery and free gifts. Returns the tickets. */
export async function populate({ client, upload }: TestApp): Promise<string[]> {
  const give = async (name: string) => (await client.give(fileOf(name, `content of ${name} `.repeat(10_000)))).ticket;
  const waiting = await give('first.txt');
  await client.draw(waiting);
  const tickets = [waiting];
  for (const name of ['ada.txt', 'ben.txt', 'cleo.txt', 'dora.txt']) tickets.push(await give(name));
  await client.draw(tickets[1] as string);
  const spent = await client.draw(tickets[2] as string);
  await (await client.fetchDelivery({ url: spent?.url ?? '' })).text();
  for (let n = 0; n < 6; n++) await upload(`free-${n}.txt`, `free ${n} `.repeat(20_000));
  return tickets;
}

/** Draws with every unspent ticket. Returns the number of files that arrived intact. */
export async function drawAll({ client }: TestApp, tickets: readonly string[]): Promise<number> {
  let came = 0;
  for (const ticket of tickets) {
    if ((await client.ticket(ticket)).state === 'spent') continue;
    const drawn = await client.draw(ticket);
    if (!drawn) continue;
    const bytes = Buffer.from(await (await client.fetchDelivery(drawn)).arrayBuffer());
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 === drawn.sha256) came += 1;
  }
  return came;
}

/** The keys of all gifts in a state, from an SQLite ledger. */
export function keysInState(state: GiftState, folder: string): string[] {
  const ledger = new Database(join(folder, 'ledger.db'), { readonly: true });
  const keys = ledger.prepare('select key from gift where state = ? order by id').pluck().all(state);
  ledger.close();
  return keys as string[];
}

/** The SHA-256 of every file in a folder, except for the files that readers of SQLite leave behind. */
export async function hashesIn(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (/-(?:shm|wal)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    found[path] = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : 'folder';
  }
  return found;
}
