/**
 * With encryption at rest: files and their rows are exchanged, cut, reordered and changed by an intruder who knows the format
 * but no key. No receiver may get one, and no key may outlive its bytes.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chunkOffset, encryptedSize } from '../../../src/encryption/chunk-cipher.ts';
import type { KeyRing } from '../../../src/encryption/key-ring.ts';
import { openSqliteStore } from '../../../src/ledger/transfer/raw-store.ts';
import { keyOfChecks, openFileKey } from '../../../src/vault/encrypted/file-keys.ts';
import type { SeededRandom } from '../../clients/seeded-random.ts';
import { corruptAtRest } from '../../setup/corrupt-bytes.ts';
import { draw, drawFree, give, upload } from '../client-actions.ts';
import { startServiceOn } from '../environment.ts';
import { type Lab, type Remainder, type Scenario, startLabWorkload } from '../scenario-runner.ts';
import { giftReader, newKeySetting, ringOf } from '../sealed-rows.ts';

/** A gift as an intruder sees it. */
interface Gift {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly size: number;
  readonly checks: Uint8Array;
}

/** After an arrival, in milliseconds. */
const grace = 1_000;

async function run(lab: Lab): Promise<Remainder> {
  const settings = { ...newKeySetting(), ...lab.site.settings };
  const { runOptions, complaints, history, points } = lab;
  const service = await startServiceOn(lab.site, runOptions, { ...settings, GRACE: `${grace}ms` });
  lab.onEnd(() => service.stop());
  const givers = startLabWorkload(lab, () => service.url, { maxGiftSize: 120_000, actions: [give, upload] });
  await givers.waitForActions(points * 6);
  await givers.stop();
  service.kill('SIGTERM');
  await service.exited();

  const tampered = await tamper(lab, settings);
  for (const id of tampered) history.note({ action: 'damaged', id });

  await service.restart(runOptions);
  const receivers = startLabWorkload(lab, () => service.url, { actions: [draw, drawFree] });
  for (const ticket of givers.state.tickets) receivers.state.tickets.add(ticket);
  await receivers.waitForActions(points * 8);
  await receivers.stop();
  complaints.push(...givers.state.complaints, ...receivers.state.complaints);
  for (const entry of history.entries)
    if (entry.action === 'arrived' && entry.id !== null && tampered.has(entry.id))
      complaints.push('a file was delivered that an intruder had put in its place');

  // The sweep after a start removes the bytes that are due.
  await sleep(2 * grace);
  await service.restart(runOptions);
  await sleep(2 * grace);
  service.kill('SIGTERM');
  await service.exited();
  await expectKeysDestroyed(lab, settings);
  return { clients: receivers.state, settings, isDamaging: true };
}

const ledgerOf = ({ site }: Lab) => openSqliteStore(join(site.settings.DATA_DIR as string, 'ledger.db'));
const vaultOf = ({ site }: Lab) => join(site.settings.DATA_DIR as string, 'vault');

async function bytesOf(lab: Lab, key: string): Promise<Uint8Array> {
  let found: Uint8Array = new Uint8Array(0);
  await corruptAtRest(vaultOf(lab), key, (bytes) => {
    found = Uint8Array.from(bytes);
    return bytes;
  });
  return found;
}

/** Does one deed for each fault; each answers the gifts that it hit. */
async function tamper(lab: Lab, settings: Readonly<Record<string, string>>): Promise<ReadonlySet<string>> {
  const { random, points } = lab;
  const idOf = giftReader(settings);
  const { db } = await ledgerOf(lab);
  const rows = await db
    .selectFrom('gift')
    .select(['key', 'kind', 'name', 'size', 'checks'])
    .where('state', '=', 'pooled')
    .orderBy('id')
    .execute();
  const left: Gift[] = rows.map((row) => ({ ...row, id: idOf(row) }));
  const hit = new Set<string>();
  const take = (isFit: (gift: Gift) => boolean): Gift | undefined => {
    const fit = left.filter(isFit);
    const gift = fit.length > 0 ? random.pick(fit) : undefined;
    if (!gift) return undefined;
    left.splice(left.indexOf(gift), 1);
    return gift;
  };
  const deeds = [exchange, reorder, change, cut];
  for (let point = 0; point < points; point += 1) {
    const deed = deeds[point % deeds.length] as (typeof deeds)[number];
    for (const { id } of await deed({ lab, db, random, take })) hit.add(id);
  }
  await db.destroy();
  return hit;
}

interface Deed {
  readonly lab: Lab;
  readonly db: Awaited<ReturnType<typeof ledgerOf>>['db'];
  readonly random: SeededRandom;
  take(isFit: (gift: Gift) => boolean): Gift | undefined;
}

/** Files up to this size lie in the store of small files, and must stay there to be found. */
const isSmall = ({ size }: Gift) => encryptedSize(size) <= 1024;

/** Puts two files of a kind in each other's place, with their sizes and sealed keys: the sums of the kind stay. */
async function exchange({ lab, db, take }: Deed): Promise<readonly Gift[]> {
  const a = take(() => true);
  const b = a && take((gift) => gift.kind === a.kind && isSmall(gift) === isSmall(a));
  if (!a || !b) return [];
  const [ofA, ofB] = [await bytesOf(lab, a.key), await bytesOf(lab, b.key)];
  await corruptAtRest(vaultOf(lab), a.key, () => ofB);
  await corruptAtRest(vaultOf(lab), b.key, () => ofA);
  const moves = [
    [a, b],
    [b, a],
  ] as const;
  for (const [to, { checks, size }] of moves)
    await db.updateTable('gift').set({ checks, size }).where('key', '=', to.key).execute();
  return [a, b];
}

/** Exchanges the first two chunks. */
async function reorder({ lab, take }: Deed): Promise<readonly Gift[]> {
  const gift = take(({ size }) => size > chunkOffset(2));
  if (!gift) return [];
  await corruptAtRest(vaultOf(lab), gift.key, (bytes) => {
    const part = (chunk: number) => bytes.subarray(chunkOffset(chunk), chunkOffset(chunk + 1));
    return Buffer.concat([bytes.subarray(0, chunkOffset(0)), part(1), part(0), bytes.subarray(chunkOffset(2))]);
  });
  return [gift];
}

async function change({ lab, random, take }: Deed): Promise<readonly Gift[]> {
  const gift = take(() => true);
  if (!gift) return [];
  await corruptAtRest(vaultOf(lab), gift.key, (bytes) => {
    const at = random.below(bytes.length);
    return bytes.with(at, (bytes[at] as number) ^ (1 << random.below(8)));
  });
  return [gift];
}

/** Cuts a file at the end of its first chunk. */
async function cut({ lab, take }: Deed): Promise<readonly Gift[]> {
  const gift = take(({ size }) => size > chunkOffset(1));
  if (!gift) return [];
  await corruptAtRest(vaultOf(lab), gift.key, (bytes) => bytes.subarray(0, chunkOffset(1)));
  return [gift];
}

/** An intruder with yesterday's copy of a file, today's ledger and the operator's key must not read what has gone. */
async function expectKeysDestroyed(lab: Lab, settings: Readonly<Record<string, string>>): Promise<void> {
  const ring = ringOf(settings) as KeyRing;
  const { db } = await ledgerOf(lab);
  const gone = await db
    .selectFrom('gift')
    .select(['key', 'size', 'checks'])
    .where('state', 'in', ['delivered', 'quarantined'])
    .where('remove_at', 'is', null)
    .execute();
  await db.destroy();
  if (gone.length === 0) lab.complaints.push('no bytes were removed, so that nothing was tested');
  const readable = gone.filter(({ key, size, checks }) => canOpen(ring, checks, key, size));
  if (readable.length > 0) lab.complaints.push(`${readable.length} keys outlived the bytes of their files`);
}

function canOpen(ring: KeyRing, checks: Uint8Array, key: string, size: number): boolean {
  try {
    return keyOfChecks(checks) !== undefined && openFileKey(ring, checks, key, size).byteLength > 0;
  } catch {
    return false;
  }
}

export const tampering: Scenario = {
  name: 'tampering',
  summary:
    'With encryption at rest, files and rows are exchanged, reordered, changed and cut; no key outlives its file.',
  unit: 'tampered files',
  points: { short: 16, usual: 60 },
  sites: ['embedded'],
  run,
};
