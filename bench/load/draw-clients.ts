/** Clients that draw as fast as they are answered, in processes of their own: by our ledger, or in plainer ways. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { openPostgresLedger } from '../../src/ledger/create-ledger.ts';
import { median } from '../report/ratios.ts';
import { ticketOf } from '../tools/postgres-pool.ts';

/** So many clients draw once for each number from `from` to before `to`. */
export interface DrawRange {
  readonly clients: number;
  readonly from: number;
  readonly to: number;
}

/** What a drawing process does with one order; says how many milliseconds the draws took. */
type Work = (order: DrawRange) => Promise<number[]>;

const deadlines = {
  now: 1,
  leaseUntil: 1e12,
  holdUntil: 1e12,
  ticketUntil: 1e12,
  removeAt: 1e12,
  purgeAt: 1e12,
  keepUntil: 1e12,
};

const works: Readonly<Record<string, (url: string) => Promise<Work>>> = {
  /** Whole draws: ticket, claim, delivery, counters. */
  ledger: async (url) => {
    const ledger = await openPostgresLedger(url, (n) => randomInt(n));
    return ({ clients, from, to }) =>
      drawAll(clients, from, to, async (n) => {
        const nonce = String(n);
        const draw = { ticketHash: ticketOf(n), nonce, secretHash: `${ticketOf(n)} ${from}` };
        const { outcome } = await ledger.drawForTicket(draw, deadlines);
        if (outcome !== 'drawn') throw new Error(`ticket ${n} came to ${outcome}`);
      });
  },
  /** What a naive design does, and no more than the claim: count down, take slot k, move the last one into it. */
  counter: async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 64 });
    return ({ clients, from, to }) =>
      drawAll(clients, from, to, async () => {
        const client = await pool.connect();
        await client.query('begin');
        const { rows } = await client.query(
          'update dense_pool set n = n - 1 where id = 1 returning n + 1 as n',
        );
        const last = Number(rows[0].n);
        const slot = 1 + randomInt(last);
        await client.query('update dense_gift set slot = null where slot = $1 returning *', [slot]);
        await client.query('update dense_gift set slot = $1 where slot = $2', [slot, last]);
        await client.query('commit');
        client.release();
      });
  },
  /** The least that can be asked of a table: one row by its number. */
  row: async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 64 });
    const { rows } = await pool.query('select max(id)::int as last from gift');
    const text = 'select id, key, giver, sha256, state from gift where id = $1';
    return ({ clients, from, to }) =>
      drawAll(clients, from, to, async () => {
        await pool.query({ name: 'row', text, values: [1 + randomInt(rows[0].last)] });
      });
  },
};

export type DrawMethod = 'ledger' | 'counter' | 'row';

async function drawAll(
  clients: number,
  from: number,
  to: number,
  draw: (n: number) => Promise<void>,
): Promise<number[]> {
  const taken: number[] = [];
  let next = from;
  const client = async () => {
    for (let n = next++; n < to; n = next++) {
      const begun = performance.now();
      await draw(n);
      taken.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return taken;
}

/** A process that draws when it is told to. */
export async function serveDraws(what: string, url: string): Promise<void> {
  const work = await works[what]?.(url);
  process.on('message', async (order: DrawRange) => process.send?.(await work?.(order)));
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

export interface DrawMeasurement {
  readonly perSecond: number;
  /** The median of all draws, in milliseconds. */
  readonly milliseconds: number;
}

/** Processes that draw together. */
export interface DrawProcesses {
  measure(clients: number, draws: number): Promise<DrawMeasurement>;
  stop(): void;
}

export async function startDrawProcesses(
  what: DrawMethod,
  url: string,
  processes: number,
): Promise<DrawProcesses> {
  const all = Array.from({ length: processes }, () =>
    fork(process.argv[1] as string, ['drawers', what, url]),
  );
  const broken = new AbortController();
  for (const one of all) one.once('exit', (code) => code !== 0 && broken.abort());
  const answer = (one: ChildProcess) => once(one, 'message', { signal: broken.signal });
  await Promise.all(all.map(answer));
  return {
    measure: async (clients, draws) => {
      const share = Math.floor(draws / processes);
      const begun = performance.now();
      const taken = await Promise.all(
        all.map(async (one, index) => {
          const from = 1 + index * share;
          one.send({ clients: Math.ceil(clients / processes), from, to: from + share });
          const [answered] = await answer(one);
          return answered as number[];
        }),
      );
      const seconds = (performance.now() - begun) / 1000;
      return { perSecond: (share * processes) / seconds, milliseconds: median(taken.flat()) };
    },
    stop: () => {
      for (const one of all) one.disconnect();
    },
  };
}
