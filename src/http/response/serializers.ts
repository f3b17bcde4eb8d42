/** From the facts of the exchange to the JSON of the contract. */
import { paths, pathTo } from '../../contract/api/paths.ts';
import type { Delivery, Gift, OwnGift, PoolStats, TicketStatus } from '../../contract/api/schemas.ts';
import { hourOf } from '../../contract/vocabulary.ts';
import type { DrawnDelivery } from '../../exchange/draw.ts';
import { endingNotice, endOfGift, nextEnd } from '../../exchange/ends.ts';
import type { ExchangeContext, GiftFacts, PoolFigures, TicketFacts } from '../../exchange/ports.ts';

export const instant = (time: number) => new Date(time).toISOString();

type Described = Pick<GiftFacts, 'name' | 'size' | 'mimeType' | 'kind' | 'sha256' | 'givenAt'>;

/** A gift for its giver, who learns when it ends. */
export const ownGiftAnswer = (
  gift: Described & Pick<GiftFacts, 'expiresAt'>,
  rules: ExchangeContext['rules'],
): OwnGift => ({ ...giftAnswer(gift), expires_at: instant(endOfGift(gift, rules)) });

export function giftAnswer(gift: Described): Gift {
  return {
    name: gift.name,
    size: gift.size,
    mime_type: gift.mimeType,
    kind: gift.kind,
    sha256: gift.sha256,
    given_at: instant(gift.givenAt),
  };
}

/** The receiver learns the hour of the give: its millisecond could tell who gave. */
export function deliveryAnswer({ secret, delivery }: DrawnDelivery, basePath: string): Delivery {
  const { gift } = delivery;
  return {
    url: basePath + pathTo(paths.delivery, secret),
    ...giftAnswer({ ...gift, givenAt: hourOf(gift.givenAt) }),
    expires_at: instant(delivery.leaseUntil),
  };
}

/** The states of a gift in the words of the contract. */
export const fates = {
  pooled: 'waiting',
  leased: 'on-its-way',
  delivered: 'landed',
  withdrawn: 'withdrawn',
  expired: 'expired',
  quarantined: 'removed',
} as const satisfies Record<GiftFacts['state'], TicketStatus['gift']['fate']>;

export function ticketAnswer(
  ticket: TicketFacts,
  { rules, now }: Pick<ExchangeContext, 'rules' | 'now'>,
): TicketStatus {
  const end = nextEnd(ticket, rules);
  const isEnding = end !== undefined && end - endingNotice <= now();
  return {
    state: ticket.state,
    gift: {
      ...ownGiftAnswer(ticket.gift, rules),
      fate: fates[ticket.gift.state],
      ...(ticket.thanks === null ? {} : { thanks: ticket.thanks }),
    },
    ...(ticket.wish === null ? {} : { kinds: [...ticket.wish] }),
    ...(ticket.statement === null ? {} : { statement: statementAnswer(ticket.statement) }),
    ...(ticket.endReason === null ? {} : { end_reason: ticket.endReason }),
    expires_at: instant(ticket.expiresAt),
    ...(isEnding ? { ends_at: instant(end) } : {}),
  };
}

function statementAnswer(statement: NonNullable<TicketFacts['statement']>): NonNullable<TicketStatus['statement']> {
  const { state, ground, rule, decidedBy, decidedAt, appealUntil, appeal } = statement;
  return {
    state,
    ...(ground === null ? {} : { ground }),
    ...(rule === null ? {} : { rule }),
    ...(decidedBy === null ? {} : { decided_by: decidedBy }),
    ...(decidedAt === null ? {} : { decided_at: instant(decidedAt) }),
    ...(appealUntil === null || appeal !== null ? {} : { appeal_until: instant(appealUntil) }),
    ...(appeal === null ? {} : { appeal }),
  };
}

/** With fewer gifts than this, sizes are rounded: each change of an exact total would tell the size of one gift. */
const minGiftsForSizes = 16;

/** The next power of two, and at least 1 KiB. */
const roundedSize = (bytes: number) => (bytes === 0 ? 0 : 2 ** Math.max(10, Math.ceil(Math.log2(bytes))));

export function statsAnswer(stats: PoolFigures, rules: ExchangeContext['rules']): PoolStats {
  const free = rules.freeDraws ? Math.max(0, stats.gifts - stats.openTickets) : 0;
  const sizeOf = (bytes: number) => (stats.gifts < minGiftsForSizes ? roundedSize(bytes) : bytes);
  return {
    file_count: stats.gifts,
    total_size: sizeOf(stats.bytes),
    unique_types: stats.extensions.length,
    file_types: [...stats.extensions],
    free_count: free,
    kinds: stats.kinds.map(({ kind, gifts, bytes, owed }) => ({
      kind,
      file_count: gifts,
      total_size: sizeOf(bytes),
      free_count: Math.max(0, Math.min(free, gifts - owed)),
    })),
    given_total: stats.givenTotal,
    delivered_total: stats.deliveredTotal,
    hours: stats.hours.map((hour) => ({ ...hour, start: instant(hour.start) })),
    max_file_size: rules.maxFileSize,
    strip_metadata: rules.blind,
    pages: [...rules.pages],
    ...(rules.accounts === 'off' ? {} : { accounts: rules.accounts }),
  };
}
