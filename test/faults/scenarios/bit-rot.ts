/**
 * Damages stored bytes: flipped, truncated, extended or deleted, and strays. Receivers find them first, then `rfx
 * doctor`.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteStore } from '../../../src/ledger/transfer/raw-store.ts';
import type { SeededRandom } from '../../clients/seeded-random.ts';
import { corruptAtRest } from '../../setup/corrupt-bytes.ts';
import { builtProgram } from '../../setup/service.ts';
import { draw, drawFree, give, upload } from '../client-actions.ts';
import { startServiceOn } from '../environment.ts';
import { type Lab, type Remainder, type Scenario, startLabWorkload } from '../scenario-runner.ts';
import { giftReader } from '../sealed-rows.ts';

interface Gift {
  readonly id: string;
  readonly key: string;
}

/** Kinds of damage. Undefined deletes the bytes. */
const damages: readonly ((bytes: Uint8Array, random: SeededRandom) => Uint8Array | undefined)[] = [
  flip,
  flip,
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes) => Buffer.concat([bytes, Buffer.from('more')]),
  () => undefined,
];

function flip(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = random.below(bytes.length);
  return bytes.with(at, (bytes[at] as number) ^ (1 << random.below(8)));
}

async function run(lab: Lab): Promise<Remainder> {
  const { site, runOptions, complaints } = lab;
  const service = await startServiceOn(site, runOptions);
  lab.onEnd(() => service.stop());
  const givers = startLabWorkload(lab, () => service.url, {
    maxGiftSize: 300_000,
    actions: [give, upload],
  });
  await givers.waitForActions(lab.points * 4);
  await givers.stop();
  service.kill('SIGTERM');
  await service.exited();

  const damaged = await damage(lab);
  await leaveLitter(site.settings.DATA_DIR as string);

  // Receivers find some of the damage: the service must not send wrong bytes.
  await service.restart(runOptions);
  const receivers = startLabWorkload(lab, () => service.url, { actions: [draw, drawFree] });
  for (const ticket of givers.state.tickets) receivers.state.tickets.add(ticket);
  await receivers.waitForActions(lab.points);
  await receivers.stop();
  complaints.push(...givers.state.complaints, ...receivers.state.complaints);
  service.kill('SIGTERM');
  await service.exited();

  await examine(lab, damaged);
  return { clients: receivers.state };
}

const storeOf = ({ site }: Lab) => openSqliteStore(join(site.settings.DATA_DIR as string, 'ledger.db'));

async function giftsIn(lab: Lab, ...states: readonly ('pooled' | 'leased')[]): Promise<Gift[]> {
  const { db } = await storeOf(lab);
  const rows = await db.selectFrom('gift').select(['name', 'key']).where('state', 'in', states).orderBy('id').execute();
  await db.destroy();
  const idOf = giftReader(lab.site.settings);
  return rows.map((row) => ({ id: idOf(row), key: row.key }));
}

/** Damages one gift per fault and returns them. */
async function damage(lab: Lab): Promise<Gift[]> {
  const { random, points, history } = lab;
  const all = await giftsIn(lab, 'pooled');
  const damaged: Gift[] = [];
  for (let point = 0; point < points && all.length > 0; point++) {
    const [gift] = all.splice(random.below(all.length), 1) as [Gift];
    const vault = join(lab.site.settings.DATA_DIR as string, 'vault');
    const harm = damages[point % damages.length] as (typeof damages)[number];
    await corruptAtRest(vault, gift.key, (bytes) => harm(bytes, random));
    history.note({ action: 'damaged', id: gift.id });
    damaged.push(gift);
  }
  return damaged;
}

/** Bytes without a gift, and the remains of an old upload. */
async function leaveLitter(home: string): Promise<void> {
  const key = () => randomBytes(16).toString('hex');
  const stray = key();
  await writeFile(join(home, 'vault/gifts', stray.slice(0, 2), stray), 'stray');
  const leftover = join(home, 'vault/incoming', key());
  await writeFile(leftover, 'half');
  const longAgo = new Date(Date.now() - 24 * 60 * 60 * 1000);
  await utimes(leftover, longAgo, longAgo);
}

/**
 * Expects the doctor to find exactly the damage that is left, to repair it only with `--repair`, and to find nothing
 * afterwards.
 */
async function examine(lab: Lab, damaged: readonly Gift[]): Promise<void> {
  const isLeft = new Set((await giftsIn(lab, 'pooled', 'leased')).map(({ key }) => key));
  const expected = damaged.filter(({ key }) => isLeft.has(key)).map(({ key }) => key);
  // Many bytes are missing, which the operator has to accept.
  for (const options of [[], ['--repair', '--accept-loss']]) {
    const { code, found } = await doctor(lab, options);
    if (code !== 1) lab.complaints.push(`the doctor ended with ${code} where 1 was due`);
    const missed = expected.filter((key) => !found.includes(key));
    const invented = found.filter((key) => /^[0-9a-f]{32}$/.test(key) && !expected.includes(key));
    if (missed.length > 0) lab.complaints.push(`the doctor missed ${missed.length} of the damaged`);
    if (invented.length > 0) lab.complaints.push(`the doctor found ${invented.length} too many`);
  }
  const { code, found } = await doctor(lab, []);
  if (code !== 0) lab.complaints.push(`after the repair the doctor still found ${found}`);
}

function doctor({ site, runOptions }: Lab, options: readonly string[]) {
  const args = [runOptions.program ?? builtProgram, 'doctor', '--read-data', '--json', ...options];
  const env = { PATH: process.env.PATH, ...site.settings };
  return new Promise<{ code: number; found: string[] }>((resolve, reject) => {
    execFile(process.execPath, args, { env, cwd: site.settings.DATA_DIR }, (error, out, stderr) => {
      const code = Number(error?.code ?? 0);
      if (code > 1 || Number.isNaN(code)) return reject(new Error(`the doctor could not: ${stderr}`));
      const { faults } = JSON.parse(out) as { faults: { subject: string }[] };
      resolve({ code, found: faults.map(({ subject }) => subject) });
    });
  });
}

export const bitRot: Scenario = {
  name: 'bit-rot',
  summary: 'Bytes in the vault are flipped, truncated, extended or deleted; receivers and `rfx doctor` find them.',
  unit: 'damaged gifts',
  points: { short: 10, usual: 60 },
  sites: ['embedded'],
  run,
};
