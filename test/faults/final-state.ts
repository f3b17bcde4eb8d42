/** Collects the final state of the service: draws every gift that is left, then compares ledger and vault. */
import { join } from 'node:path';
import type { RunningApp } from '../../src/app/create-app.ts';
import { serveWaitingTickets } from '../../src/exchange/maintenance/jobs.ts';
import { minStrayAge } from '../../src/exchange/maintenance/reconcile.ts';
import { sweep } from '../../src/exchange/maintenance/sweep.ts';
import { openPostgresStore, openSqliteStore } from '../../src/ledger/transfer/raw-store.ts';
import { openTestApp, reconcileTwice, type TestApp } from '../setup/test-app.ts';
import type { FinalState } from './checker.ts';
import type { ClientState } from './client-state.ts';
import { giftReader } from './sealed-rows.ts';
import { giftIdOf } from './test-content.ts';

const day = 24 * 60 * 60 * 1000;
const minute = 60_000;

/** Parallel requests. */
const width = 16;

type HandedOut = FinalState['handedOut'][number];

/**
 * Opens the program on the remains of a run and takes everything: pending deliveries, tickets, free gifts before and
 * after all deadlines. No process may be running on them.
 */
export async function collectFinalState(
  settings: Readonly<Record<string, string>>,
  state: Pick<ClientState, 'tickets' | 'pendingDeliveries'>,
  { settleDays, maxClockAhead }: { readonly settleDays: number; readonly maxClockAhead: number },
): Promise<FinalState> {
  const { delivered, quarantined, copied, needed } = await readLedger(settings, maxClockAhead);
  const app = await openTestApp({ ...settings, GIFT_TTL: '9999d' }, {}, settings.DATA_DIR);
  try {
    const kept = await keysOf(app.running);
    const ghosts = needed.filter((key) => !kept.has(key));
    const before = await faultsOf(app.running);
    const handedOut = await takePromised(app, state.pendingDeliveries);
    // Leases of dead clients and holds for absent ones run out.
    await app.advanceTime(settleDays * day);
    const { taken, empty, spent } = await useTickets(app, [...state.tickets]);
    handedOut.push(...taken, ...(await takeFree(app)));
    await app.advanceTime(1_001 * day);
    handedOut.push(...(await takeFree(app)));
    const after = await faultsOf(app.running);
    const leaks = await leaksOf(app.running);
    const isOfTickets = (fault: string) => /backed|waits/.test(fault);
    const faults = [...new Set([...before, ...after])];
    return {
      handedOut,
      delivered,
      quarantined,
      copied,
      empty,
      spent,
      ghosts,
      leaks,
      faults: faults.filter((fault) => !isOfTickets(fault)),
      unbacked: faults.filter(isOfTickets),
    };
  } finally {
    await app.close();
  }
}

/** Reads the ledger as the processes left it. A gift is named after its content. */
async function readLedger(settings: Readonly<Record<string, string>>, maxClockAhead: number) {
  const { DATA_DIR = '', DATABASE_URL = '' } = settings;
  const { db } = await (DATABASE_URL === ''
    ? openSqliteStore(join(DATA_DIR, 'ledger.db'))
    : openPostgresStore(DATABASE_URL, false));
  const rows = await db.selectFrom('gift').select(['name', 'key', 'state', 'remove_at']).execute();
  await db.destroy();
  const isIn = (state: string) => state === 'pooled' || state === 'leased';
  const idOfRow = giftReader(settings);
  const idsOf = (wanted: string) => rows.filter(({ state }) => state === wanted).map(idOfRow);
  const byId = Map.groupBy(rows, idOfRow);
  return {
    delivered: idsOf('delivered'),
    quarantined: idsOf('quarantined'),
    copied: [...byId].filter(([, copies]) => copies.length > 1).map(([id]) => id),
    needed: rows
      .filter(
        ({ state, remove_at }) =>
          // A kill may fall between the removal of a delivered gift's bytes and its record, by a clock that was ahead.
          isIn(state) || (state === 'delivered' && (remove_at ?? 0) > Date.now() + minute + maxClockAhead),
      )
      .map(({ key }) => key),
  };
}

async function keysOf({ context: { vault } }: RunningApp): Promise<ReadonlySet<string>> {
  const all = new Set<string>();
  for await (const { keys } of vault.shards()) for (const key of keys.keys()) all.add(key);
  return all;
}

const faultsOf = async ({ context }: RunningApp) => (await context.ledger.audit()).faults;

/** Sweeps far in the future and lists the bytes that remain without a row. */
async function leaksOf({ context }: RunningApp): Promise<string[]> {
  const late = { ...context, now: () => Date.now() + 2_000 * day };
  await sweep(late);
  await reconcileTwice(late);
  const leaks: string[] = [];
  for await (const { shard, keys } of context.vault.shards()) {
    const rows = await context.ledger.keysOfShard(shard);
    for (const key of keys.keys()) if (!rows.has(key)) leaks.push(key);
  }
  const unfinished = await context.vault.sweep(late.now() + minStrayAge, minute);
  return unfinished === 0 ? leaks : [...leaks, `${unfinished} unfinished`];
}

/** Receives a delivery. Resolves with undefined if it is over. */
async function take({ client }: TestApp, url: string, ticket: string | null): Promise<HandedOut | undefined> {
  try {
    const bytes = await (await client.fetchDelivery({ url })).arrayBuffer();
    await client.received({ url });
    return { id: giftIdOf(Buffer.from(bytes)) ?? null, ticket };
  } catch {
    return undefined;
  }
}

const takePromised = (app: TestApp, promised: ClientState['pendingDeliveries']): Promise<HandedOut[]> =>
  each([...promised], async ([url, ticket]) => {
    const taken = await take(app, url, ticket);
    return taken ? [taken] : [];
  });

/**
 * A ticket without a gift is tried again: its gift may be damaged, and another delivery may return to the pool. At last it takes
 * any kind, and a gift that other tickets were owed until then.
 */
async function useTickets(app: TestApp, tickets: readonly string[]) {
  const taken: HandedOut[] = [];
  const spent: string[] = [];
  let empty = [...tickets];
  for (let round = 0; round < 4; round++) {
    const options = round < 2 ? {} : { wish: { kind: 'any' } };
    if (round === 3) await serveWaitingTickets(app.running.context);
    const asking = empty;
    empty = [];
    const got = await each(asking, async (ticket) => {
      const delivery = await app.client.draw(ticket, options).catch(codeIfOver);
      if (delivery === 'ticket-spent') spent.push(ticket);
      if (typeof delivery === 'string') return [];
      const one = delivery && (await take(app, delivery.url, ticket));
      if (one) return [one];
      empty.push(ticket);
      return [];
    });
    taken.push(...got);
  }
  return { taken, empty, spent };
}

/** The client has not heard of the ticket's end. */
function codeIfOver(error: unknown): string {
  const { code } = error as { code?: string };
  if (code === 'ticket-spent' || code === 'ticket-withdrawn') return code;
  throw error;
}

const takeFree = ({ client, url }: TestApp): Promise<HandedOut[]> =>
  each(Array.from({ length: width }), async () => {
    const taken: HandedOut[] = [];
    for (;;) {
      const answer = await fetch(`${url}/api/download`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (!answer.ok) return taken;
      await client.received({ url: answer.headers.get('content-location') ?? '' });
      taken.push({ id: giftIdOf(bytes) ?? null, ticket: null });
    }
  });

/** Runs `work` for each item, some at a time. */
async function each<T, R>(all: readonly T[], work: (one: T) => Promise<readonly R[]>): Promise<R[]> {
  const line = all.values();
  const results: R[] = [];
  const one = async () => {
    for (const item of line) results.push(...(await work(item)));
  };
  await Promise.all(Array.from({ length: width }, one));
  return results;
}
