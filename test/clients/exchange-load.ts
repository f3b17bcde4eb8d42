/** Many who give and draw at once, at whichever process answers, and insist when it fails. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Client } from '../../src/contract/client.ts';
import type { Audit } from '../../src/ledger/types.ts';
import { fileOf } from '../setup/test-app.ts';
import { runClients } from './closed-loop.ts';
import { receive } from './receive.ts';
import { retryUntilAnswered } from './retry.ts';

/** What has happened so far. */
export interface ExchangeLoad {
  /** Contents. */
  readonly given: ReadonlySet<string>;
  /** As many clients as that exchange until so many gifts were given. */
  run(clients: number, until: number): Promise<void>;
  /** Everything that was given has arrived exactly once, or is left over because all who may have it have had theirs. */
  verify(audit: () => Promise<Audit>): Promise<void>;
}

export const newContent = () => randomBytes(16).toString('hex');
export const textFile = (content: string) => fileOf(`${content.slice(0, 6)}.txt`, content);

/** `anyClient` answers a client of one of the processes, another one each time. */
export function createExchangeLoad(anyClient: () => Client): ExchangeLoad {
  const given = new Set<string>();
  /** The gifts of those whose tickets got nothing yet. */
  const waiting = new Map<string, string>();
  const received: string[] = [];

  const drawWith = async (ticket: string, own: string) => {
    const delivery = await retryUntilAnswered(() => anyClient().draw(ticket));
    if (!delivery) return;
    const content = (await receive(anyClient, delivery)).toString();
    expect(content).not.toBe(own);
    received.push(content);
    waiting.delete(ticket);
  };
  /** Gives one gift for a ticket, and draws with it. What fails is asked for again, of another process. */
  const exchange = async () => {
    const content = newContent();
    const key = randomBytes(16).toString('hex');
    const { ticket } = await retryUntilAnswered(() => anyClient().give(textFile(content), { key }));
    given.add(content);
    waiting.set(ticket, content);
    await drawWith(ticket, content);
  };
  /** All who got nothing try again until there is nothing for any of them any more. */
  const drain = async () => {
    for (let left = Number.POSITIVE_INFINITY; waiting.size < left; ) {
      left = waiting.size;
      await Promise.all([...waiting].map(([ticket, own]) => drawWith(ticket, own)));
    }
  };
  return {
    given,
    run: (clients, until) => runClients(clients, exchange, () => given.size >= until),
    verify: async (audit) => {
      await drain();
      expect(new Set(received).size).toBe(received.length);
      expect(received.filter((content) => !given.has(content))).toEqual([]);
      const { gifts, tickets, faults } = await audit();
      expect(faults).toEqual([]);
      expect(gifts.delivered ?? 0).toBe(received.length);
      expect((gifts.delivered ?? 0) + (gifts.pooled ?? 0)).toBe(given.size);
      // Only who is left alone with their own gift got nothing.
      expect(tickets.waiting ?? 0).toBe(waiting.size);
      expect(waiting.size).toBeLessThanOrEqual(1);
    },
  };
}
