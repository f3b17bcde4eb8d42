/** An exchange to be examined, in the middle of its life, and what may be done to it. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readConfig } from '../../src/config/load-settings.ts';
import { minStrayAge } from '../../src/exchange/maintenance/reconcile.ts';
import type { GiftState } from '../../src/ledger/types.ts';
import {
  type DoctorOptions,
  type DoctorReport,
  runChecks,
} from '../../src/operations/doctor/run-checks.ts';
import type { ProgressSink, Target } from '../../src/operations/doctor/target.ts';
import { openTarget } from '../../src/operations/doctor/target.ts';
import { fileOf, type TestApp } from './test-app.ts';

/** Nobody is told, and what moved has arrived at once. */
const quiet: ProgressSink = { progress: () => undefined, settle: async () => undefined };

/** What of an examination a test says otherwise. */
export interface DoctorOverrides {
  readonly options?: Partial<DoctorOptions>;
  readonly progress?: Partial<ProgressSink>;
  readonly target?: (patient: Target) => Partial<Target>;
}

/** Examines the exchange of some settings, at a time when all that is there has settled. */
export async function runDoctor(
  settings: Readonly<Record<string, string>>,
  { options = {}, progress = {}, target: other = () => ({}) }: DoctorOverrides = {},
): Promise<DoctorReport> {
  const wanted = { share: 0, repair: false, ...options };
  const found = await openTarget(readConfig([], settings, 'no.env'), wanted.repair);
  const later = { ...found, now: () => Date.now() + 2 * minStrayAge };
  try {
    return await runChecks({ ...later, ...other(later) }, wanted, { ...quiet, ...progress });
  } finally {
    await found.close();
  }
}

/** Tickets that are open, ready, drawn and spent, a delivery half way, and gifts that are nobody's yet; answers the tickets. */
export async function populate({ client, upload }: TestApp): Promise<string[]> {
  const give = async (name: string) =>
    (await client.give(fileOf(name, `content of ${name} `.repeat(10_000)))).ticket;
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

/** Draws with every ticket that is still good, and answers how many files came. */
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

/** The keys of all gifts in a state, in an SQLite ledger. */
export function keysInState(state: GiftState, folder: string): string[] {
  const ledger = new Database(join(folder, 'ledger.db'), { readonly: true });
  const keys = ledger
    .prepare('select key from gift where state = ? order by id')
    .pluck()
    .all(state);
  ledger.close();
  return keys as string[];
}

/** Every file below a folder with the SHA-256 of what is in it; without what a reader of SQLite leaves beside it. */
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
