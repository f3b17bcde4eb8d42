/**
 * Clients that give and draw at any of several processes, retry failures, and verify that nothing was lost or doubled.
 */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Client } from '../../src/contract/client.ts';
import type { Audit } from '../../src/ledger/types.ts';
import { fileOf } from '../setup/test-app.ts';
import { runClients } from './closed-loop.ts';
import { receive } from './receive.ts';
import { retryUntilAnswered } from './retry.ts';

/** The progress of a load. */
interface ExchangeLoad {
  /** The contents of the gifts given so far. */
  readonly given: ReadonlySet<string>;
  /** Runs clients until this many gifts have been given. */
  run(clients: number, until: number): Promise<void>;
  /**
   * Draws with all waiting tickets. Then expects every gift to have arrived once, except one that only its own giver
   * could draw.
   */
  verify(audit: () => Promise<Audit>): Promise<void>;
}

export const newContent = () => randomBytes(16).toString('hex');
export const textFile = (content: string) => fileOf(`${content.slice(0, 6)}.txt`, content);

/** `anyClient` returns a client of one of the processes, chosen anew each time. */
export function createExchangeLoad(anyClient: () => Client): ExchangeLoad {
  const given = new Set<string>();
  /** The own gifts of tickets that got nothing yet. */
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
  /** Gives one gift for a ticket and draws with it. Each retry may reach another process. */
  const exchange = async () => {
    const content = newContent();
    const key = randomBytes(16).toString('hex');
    const { ticket } = await retryUntilAnswered(() => anyClient().give(textFile(content), { key }));
    given.add(content);
    waiting.set(ticket, content);
    await drawWith(ticket, content);
  };
  /** Draws with the waiting tickets until no more of them get a gift. */
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
      // A ticket may wait only for want of a gift by another giver.
      expect(tickets.waiting ?? 0).toBe(waiting.size);
      expect(waiting.size).toBeLessThanOrEqual(1);
    },
  };
}
