/** Processes that have a ledger of their own on one PostgreSQL, and draw when they are told to; this file is their program, too. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openPostgresLedger } from '../../src/ledger/create-ledger.ts';
import { sha256, termsAt } from '../../src/ledger/testing/samples.ts';

/** Tickets to draw with, all at once, and whether what is drawn is received at once, too. */
export interface Order {
  readonly tickets: readonly string[];
  readonly now: number;
  readonly receive: boolean;
}

/** What a ticket drew. */
export interface Catch {
  readonly ticket: string;
  /** The key of the gift. */
  readonly key: string;
}

export interface DrawingProcess {
  /** In the order in which the draws were answered; a ticket that waits is not among them. */
  draw(order: Order): Promise<readonly Catch[]>;
  stop(): Promise<void>;
}

export async function startDrawing(url: string): Promise<DrawingProcess> {
  const child = fork(import.meta.filename, [url], { execArgv: [] });
  await answer(child);
  return {
    draw: async (order) => {
      child.send(order);
      return (await answer(child)) as readonly Catch[];
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const broken = new AbortController();
  const end = () => broken.abort(new Error('a drawing process ended'));
  child.once('exit', end);
  const [answered] = await once(child, 'message', { signal: broken.signal });
  child.off('exit', end);
  return answered;
}

async function serve(url: string): Promise<void> {
  const ledger = await openPostgresLedger(url, (n) => randomInt(n));
  process.on('message', async ({ tickets, now, receive }: Order) => {
    const catches: Catch[] = [];
    const one = async (ticket: string) => {
      const nonce = randomUUID();
      const draw = { ticketHash: ticket, nonce, secretHash: sha256(nonce) };
      const drawn = await ledger.drawForTicket(draw, termsAt(now));
      if (drawn.outcome !== 'drawn') return;
      const { id, gift } = drawn.delivery;
      catches.push({ ticket, key: gift.key });
      if (receive) await ledger.complete(id, termsAt(now));
    };
    await Promise.all(tickets.map(one));
    process.send?.(catches);
  });
  process.once('disconnect', () => ledger.close());
  process.send?.('ready');
}

const url = process.argv[2];
if (process.argv[1] === import.meta.filename && url !== undefined) await serve(url);
