/**
 * The service's memory during 50 uploads and 50 downloads of 50 MiB (P9, R19): `npm run bench:memory`, or `npm run
 * bench:memory -- 10 20` for 10 of 20 MiB each. With `S3_BUCKET` and the other S3 settings the vault is in that bucket.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mebibyte, type Upload } from '../test/clients/transfers.ts';
import {
  fullLoad,
  type MemoryLoad,
  type MemoryRise,
  measureRise,
  skipReason,
  transferAll,
  uploadAll,
} from '../test/setup/memory.ts';

const [count = fullLoad.count, size = fullLoad.size / mebibyte] = process.argv.slice(2).map(Number);
const load: MemoryLoad = { count, size: size * mebibyte };

/** The service gets only the S3 settings of the environment. */
const settings = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('S3_'))) as Record<
  string,
  string
>;

const reason = await skipReason(load);
if (reason !== undefined) throw new Error(`This cannot be measured here: ${reason}.`);
for (const as of ['raw', 'form', 'chunked'] as const) await measure(as);

async function measure(as: Upload['as']): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-memory-'));
  let tickets: string[] = [];
  try {
    const given = await timed(() =>
      measureRise({ folder, as, settings }, async (service) => {
        // One gift more than draws, so that each ticket finds the gift of another giver.
        tickets = (await uploadAll(service, { ...load, count: count + 1 }, as)).slice(1);
      }),
    );
    report(`${count} uploads (${as})`, given);
    const moved = await timed(() =>
      measureRise({ folder, as, settings, tickets }, (service) => transferAll(service, load, as, tickets)),
    );
    report(`${count} uploads (${as}) and ${count} downloads`, moved);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<MemoryRise>): Promise<MemoryRise & { seconds: number }> {
  const begun = performance.now();
  return { ...(await work()), seconds: (performance.now() - begun) / 1000 };
}

function report(what: string, { idle, loaded, bytes, seconds }: MemoryRise & { seconds: number }): void {
  const inMebibytes = (value: number) => `${(value / mebibyte).toFixed(1)} MiB`;
  console.log(
    `${what}: idle ${inMebibytes(idle.resident)}, peak ${inMebibytes(loaded.peak)}, rise ${inMebibytes(bytes)}; ` +
      `anonymous ${inMebibytes(idle.anonymous)} → ${inMebibytes(loaded.anonymous)}; ${seconds.toFixed(1)} s`,
  );
}
