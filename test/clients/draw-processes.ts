/** Processes that draw from the pool of one PostgreSQL, each with a ledger of its own. This file is also their program. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { openPostgresLedger } from '../../src/ledger/create-ledger.ts';
import { deadlinesAt, sha256 } from '../../src/ledger/testing/samples.ts';
import { runClients } from './closed-loop.ts';

/**
 * `ledger` draws as the service does, `counter` claims as a naive design that counts a row down. `row` only reads a row,
 * as a yardstick.
 */
export type DrawMethod = 'ledger' | 'counter' | 'row';

interface DrawOrder {
  /** One draw each. */
  readonly tickets: readonly string[];
  /** Draws at the same time; all at once by default. */
  readonly clients?: number;
  /** The time that the ledger is told. */
  readonly now: number;
  /** Whether to complete each delivery at once. */
  readonly receive: boolean;
}

export interface DrawnGift {
  readonly ticket: string;
  /** The key of the gift; empty unless the method is `ledger`. */
  readonly key: string;
  readonly milliseconds: number;
}

export interface DrawProcess {
  /** Resolves with the draws in the order of their answers, without those that have to wait. */
  draw(order: DrawOrder): Promise<readonly DrawnGift[]>;
  stop(): Promise<void>;
}

export async function startDrawProcess(url: string, method: DrawMethod = 'ledger'): Promise<DrawProcess> {
  // Of the flags of a test runner, the program needs only the one for types.
  const execArgv = process.execArgv.filter((flag) => flag.includes('strip-types'));
  const child = fork(import.meta.filename, [url, method], { execArgv });
  await reply(child);
  return {
    draw: async (order) => {
      child.send(order);
      return (await reply(child)) as readonly DrawnGift[];
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

async function reply(child: ChildProcess): Promise<unknown> {
  const aborted = new AbortController();
  const abort = () => aborted.abort(new Error('a draw process ended'));
  child.once('exit', abort);
  const [message] = await once(child, 'message', { signal: aborted.signal });
  child.off('exit', abort);
  return message;
}

/** Draws once. Returns the key, or undefined if the ticket has to wait. */
type Draw = (ticket: string, order: DrawOrder) => Promise<string | undefined>;

interface Drawing {
  readonly draw: Draw;
  close(): Promise<void>;
}

const methods: Readonly<Record<DrawMethod, (url: string) => Promise<Drawing>>> = {
  ledger: async (url) => {
    const ledger = await openPostgresLedger(url, (n) => randomInt(n));
    const draw: Draw = async (ticketHash, { now, receive }) => {
      const nonce = randomUUID();
      const request = { ticketHash, nonce, secretHash: sha256(nonce) };
      const result = await ledger.drawForTicket(request, deadlinesAt(now));
      if (result.outcome !== 'drawn') return undefined;
      if (receive) await ledger.complete(result.delivery.id, deadlinesAt(now));
      return result.delivery.gift.key;
    };
    return { draw, close: () => ledger.close() };
  },
  counter: async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 64 });
    return { draw: () => drawByCounter(pool), close: () => pool.end() };
  },
  row: async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 64 });
    const { rows } = await pool.query('select max(id)::int as last from gift');
    const text = 'select id, key, giver, sha256, state from gift where id = $1';
    const draw: Draw = async () => {
      await pool.query({ name: 'row', text, values: [1 + randomInt(rows[0].last)] });
      return '';
    };
    return { draw, close: () => pool.end() };
  },
};

/** Counts down, takes slot k and moves the last gift into it. */
async function drawByCounter(pool: pg.Pool): Promise<string> {
  const client = await pool.connect();
  await client.query('begin');
  const { rows } = await client.query('update dense_pool set n = n - 1 where id = 1 returning n + 1 as n');
  const last = Number(rows[0].n);
  const slot = 1 + randomInt(last);
  await client.query('update dense_gift set slot = null where slot = $1 returning *', [slot]);
  await client.query('update dense_gift set slot = $1 where slot = $2', [slot, last]);
  await client.query('commit');
  client.release();
  return '';
}

async function carryOut(draw: Draw, order: DrawOrder): Promise<DrawnGift[]> {
  const { tickets, clients = tickets.length } = order;
  const drawn: DrawnGift[] = [];
  let next = 0;
  const step = async () => {
    const ticket = tickets[next++] ?? '';
    const begun = performance.now();
    const key = await draw(ticket, order);
    if (key !== undefined) drawn.push({ ticket, key, milliseconds: performance.now() - begun });
  };
  await runClients(clients, step, () => next >= tickets.length);
  return drawn;
}

async function serve(url: string, method: DrawMethod): Promise<void> {
  const { draw, close } = await methods[method](url);
  process.on('message', async (order: DrawOrder) => process.send?.(await carryOut(draw, order)));
  process.once('disconnect', () => close());
  process.send?.('ready');
}

const [, program, url, method] = process.argv;
if (program === import.meta.filename && url) await serve(url, (method ?? 'ledger') as DrawMethod);
