/**
 * The cost of the promises without HTTP: `npm run bench:promises` gives and draws in one process, with inspection,
 * hashes, syncs and checks. No server on top of it can be faster.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../src/app/create-app.ts';
import { readConfig } from '../src/config/load-settings.ts';
import { completeTransfer } from '../src/exchange/complete.ts';
import { startTransfer } from '../src/exchange/deliver.ts';
import { drawFree, isDrawn } from '../src/exchange/draw.ts';
import { give } from '../src/exchange/give.ts';
import type { ExchangeContext } from '../src/exchange/ports.ts';
import { publicPool } from '../src/exchange/rules.ts';
import { runClients } from '../test/clients/closed-loop.ts';
import { median } from './report/ratios.ts';

interface Amount {
  readonly size: number;
  /** Clients, and gifts that they give and draw in a round. */
  readonly clients: number;
  readonly gifts: number;
}

const amounts: readonly Amount[] = [
  { size: 4096, clients: 32, gifts: 6_000 },
  { size: 2 ** 20, clients: 8, gifts: 400 },
];
const rounds = 5;
/** The size of a network read. The same buffer each time, so that creating it costs nothing. */
const chunk = Buffer.alloc(65_536, 'abc\n');

async function* bytesOf(size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += chunk.length) yield chunk.subarray(0, size - at);
}

async function giveOne(context: ExchangeContext, size: number): Promise<void> {
  await give(context, {
    name: 'some.txt',
    declaredType: 'text/plain',
    bytes: bytesOf(size),
    giver: undefined,
    forTicket: false,
    idempotencyKey: undefined,
    claim: { maxSize: 0, client: undefined },
  });
}

async function drawOne(context: ExchangeContext, size: number): Promise<void> {
  const draw = await drawFree(context, publicPool, undefined);
  if (!isDrawn(draw)) throw new Error('the pool is empty');
  const whole = { start: 0, end: size };
  const transfer = await startTransfer(context, draw.delivery, whole);
  for await (const _block of transfer.bytes);
  await transfer.close();
  await completeTransfer(context, draw.delivery, { ...whole, whole: true });
}

interface Measured {
  readonly perSecond: number;
  /** CPU milliseconds of all cores for each. */
  readonly cpu: number;
}

async function measure({ clients, gifts }: Amount, work: () => Promise<void>): Promise<Measured> {
  const before = process.cpuUsage();
  const begun = performance.now();
  let left = gifts;
  const step = () => {
    left -= 1;
    return work();
  };
  await runClients(clients, step, () => left <= 0);
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { perSecond: gifts / seconds, cpu: (user + system) / 1000 / gifts };
}

const folder = await mkdtemp(join(tmpdir(), 'rfx-promises-'));
const config = readConfig([], { DATA_DIR: folder, GRACE: '5s', LOG_LEVEL: 'silent' });
const { context, close } = await createApp(config);
try {
  for (const amount of amounts) {
    const found = { given: [] as Measured[], drawn: [] as Measured[] };
    for (let round = -1; round < rounds; round++) {
      const given = await measure(amount, () => giveOne(context, amount.size));
      const drawn = await measure(amount, () => drawOne(context, amount.size));
      // The first round only warms up.
      if (round < 0) continue;
      found.given.push(given);
      found.drawn.push(drawn);
    }
    for (const [what, all] of Object.entries(found)) {
      const perSecond = median(all.map((one) => one.perSecond)).toFixed(0);
      const cpu = median(all.map((one) => one.cpu)).toPrecision(2);
      console.log(`${amount.size} bytes, ${amount.clients} clients: ${perSecond} ${what} a second, ${cpu} ms each`);
    }
  }
} finally {
  await close();
  await rm(folder, { recursive: true, force: true });
}
