/** The columns of queries, and the facts that rows become. */
import type { ByteRange, DeliveryFacts, GiftFacts, GivenGift } from '../types.ts';
import type { DeliveryRow, GiftRow } from './tables.ts';

// Columns by name: `select *` changes its result when a newer version adds a column, and a prepared statement would fail.

export const poolColumns = ['id', 'name', 'slots', 'kind_slots', 'ungrouped', 'owed_kinds', 'overflow_of'] as const;

export const ticketColumns = [
  'id',
  'hash',
  'pool_id',
  'giver',
  'sha256',
  'gift_id',
  'state',
  'created_at',
  'expires_at',
  'wish',
  'owed_kind',
  'lapsed_gift',
  'lapses',
  'forgiven',
  'draws_after',
  'address',
  'room_id',
  'end_reason',
] as const;

export const deliveryColumns = [
  'id',
  'gift_id',
  'ticket_id',
  'state',
  'secret_hash',
  'nonce',
  'lease_until',
  'lease_limit',
  'arrived',
  'purge_at',
  'received_at',
  'handed_over',
  'in_doubt',
  'endings',
] as const;

/** All columns of a gift but its checksums, which are long and only needed to send its bytes. */
export const giftColumns = [
  'gift.id',
  'gift.key',
  'gift.pool_id',
  'gift.giver',
  'gift.name',
  'gift.extension',
  'gift.kind',
  'gift.mime_type',
  'gift.size',
  'gift.sha256',
  'gift.state',
  'gift.slot',
  'gift.given_at',
  'gift.expires_at',
  'gift.remove_at',
  'gift.purge_at',
  'gift.keep_until',
  'gift.thanks',
  'gift.withheld',
  'gift.address',
] as const;

export function giftFacts(row: GiftRow): GiftFacts {
  return {
    id: row.id,
    key: row.key,
    name: row.name,
    extension: row.extension,
    kind: row.kind,
    mimeType: row.mime_type,
    size: row.size,
    sha256: row.sha256,
    state: row.state,
    givenAt: row.given_at,
    expiresAt: row.expires_at,
  };
}

export function givenGift(row: GiftRow): GivenGift {
  const { id: _id, state: _state, ...given } = giftFacts(row);
  return { ...given, giver: row.giver };
}

export function deliveryFacts(row: DeliveryRow, gift: GiftRow & { checks: Uint8Array }): DeliveryFacts {
  return {
    id: row.id,
    state: row.state,
    ticketId: row.ticket_id,
    nonce: row.nonce,
    leaseUntil: row.lease_until,
    leaseLimit: row.lease_limit,
    arrived: JSON.parse(row.arrived) as ByteRange[],
    gift: { ...giftFacts(gift), checks: gift.checks },
    readable: gift.state === 'leased' || (gift.state === 'delivered' && gift.remove_at !== null && gift.withheld === 0),
  };
}
