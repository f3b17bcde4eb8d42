/** The histories of accounts. */

import { isWantedExchange } from '../contract/history-query.ts';
import { Problem } from '../contract/problems/problem.ts';
import { hashOf, namedGiver } from '../exchange/secrets.ts';
import type { AccountEntry, HistorySubject } from '../ledger/account-types.ts';
import type { AccountLedger } from '../ledger/ledger.ts';
import type { AccountHistory, AccountSession, HistoryFilter } from './accounts.ts';
import type { AccountLog } from './auth-options.ts';

/** The dependencies of histories. */
interface HistoryContext {
  readonly ledger: AccountLedger;
  readonly log: AccountLog;
  readonly now: () => number;
}

/** How many entries one query reads where a filter passes over some. */
const batch = 200;
/** How many gifts of a giver one transaction changes. */
const mergeBatch = 500;

export function createAccountHistory({ ledger, log, now }: HistoryContext): AccountHistory {
  const note = async ({ userId }: AccountSession, subject: HistorySubject) => {
    try {
      await ledger.addHistory(userId, [subject], now());
    } catch (err) {
      log.error({ err }, 'an exchange is missing in the history of its account');
    }
  };
  return {
    noteGift: (session, ticket, key) => note(session, ticket ? { ticketHash: hashOf(ticket) } : { giftKey: key }),
    noteDraw: (session, secret) => note(session, { secretHash: hashOf(secret) }),
    read: async ({ userId }, filter, before, limit) => {
      const entries: AccountEntry[] = [];
      for await (const entry of entriesBefore(ledger, userId, before)) {
        if (!isWanted(entry, filter)) continue;
        // One more than wanted tells that there is another page.
        if (entries.length === limit) return { entries, next: entries.at(-1)?.id };
        entries.push(entry);
      }
      return { entries, next: undefined };
    },
    all: ({ userId }) => entriesBefore(ledger, userId, undefined),
    takeOver: async (session, giver, tickets, deliveries) => {
      const hashes = tickets.map(hashOf);
      const subjects = [
        ...hashes.map((ticketHash) => ({ ticketHash })),
        ...deliveries.map((secret) => ({ secretHash: hashOf(secret) })),
      ];
      const result = await ledger.addHistory(session.userId, subjects, now());
      const from = namedGiver(giver);
      if (from !== undefined && from !== session.giver)
        for (let merged = mergeBatch; merged >= mergeBatch; )
          merged = await ledger.mergeGivers(hashOf(from), hashOf(session.giver), hashes, mergeBatch);
      return result;
    },
    erase: async ({ userId }, key) => {
      const erased = await ledger.eraseHistory(userId, key);
      if (key !== undefined && erased === 0) throw new Problem('not-found');
    },
  };
}

/** All entries older than `before`, the newest first (keyset pagination). */
async function* entriesBefore(
  ledger: AccountLedger,
  userId: string,
  before: number | undefined,
): AsyncGenerator<AccountEntry, void> {
  for (let cursor = before; ; ) {
    const entries = await ledger.readHistory(userId, cursor, batch);
    yield* entries;
    cursor = entries.at(-1)?.id;
    if (entries.length < batch) return;
  }
}

/** Names are searched here and not by the database, which may hold them sealed. */
const isWanted = ({ facts }: AccountEntry, filter: HistoryFilter): boolean =>
  (filter.state === undefined || facts.gave?.state === filter.state) && isWantedExchange(facts, filter);
