/** A ledger whose texts from people, names of files and rooms and notes of reports, are sealed under the operator's key. */
import type { KeyRing } from '../../encryption/key-ring.ts';
import { openText, sealText } from '../../encryption/sealed-text.ts';
import type { ReviewFacts } from '../desk-types.ts';
import type { Ledger } from '../ledger.ts';
import type { RoomFacts } from '../room-types.ts';
import { poolOfRoom } from '../rooms/room-rows.ts';
import type { DrawResult, GiftFacts } from '../types.ts';

/** Seals texts on their way into a ledger, and opens them on their way out. Plain texts from before are answered as they are. */
export function sealTexts<L extends Ledger>(ledger: L, ring: KeyRing): L {
  const opened = <G extends Named>(gift: G): G => ({ ...gift, name: openName(ring, gift) });
  const openedDraw = (draw: DrawResult): DrawResult =>
    draw.outcome === 'drawn' ? { ...draw, delivery: withGift(draw.delivery, opened) } : draw;
  const own: Pick<
    Ledger,
    | 'give'
    | 'drawForTicket'
    | 'drawFree'
    | 'findTicket'
    | 'findDelivery'
    | 'readHistory'
    | 'report'
    | 'listReviews'
    | 'readReview'
    | 'createRoom'
    | 'findRoom'
    | 'moveDeadline'
  > = {
    give: async (gift, deadlines) => {
      const result = await ledger.give({ ...gift, name: sealName(ring, gift) }, deadlines);
      // Mostly it is the gift that came, and not an earlier one.
      const isSame = result.gift.key === gift.key;
      return { ...result, gift: isSame ? { ...result.gift, name: gift.name } : opened(result.gift) };
    },
    drawForTicket: async (draw, deadlines) => openedDraw(await ledger.drawForTicket(draw, deadlines)),
    drawFree: async (draw, deadlines) => openedDraw(await ledger.drawFree(draw, deadlines)),
    findTicket: async (hash) => {
      const ticket = await ledger.findTicket(hash);
      return ticket && withGift(ticket, opened);
    },
    findDelivery: async (secretHash) => {
      const delivery = await ledger.findDelivery(secretHash);
      return delivery && withGift(delivery, opened);
    },
    readHistory: async (userId, before, limit) =>
      (await ledger.readHistory(userId, before, limit)).map(({ facts, ...entry }) => ({
        ...entry,
        facts: {
          ...facts,
          ...(facts.gave && { gave: opened(facts.gave) }),
          ...(facts.received && { received: opened(facts.received) }),
        },
      })),
    report: async (id, { note, ...details }, deadlines) => {
      const sealed = note === null ? null : sealText(ring, note, noteContext(id));
      const result = await ledger.report(id, { ...details, note: sealed }, deadlines);
      return result && withGift(result, opened);
    },
    createRoom: async (room, maxRooms) => {
      const sealed = sealText(ring, room.name, roomContext(poolOfRoom(room.codeHash)));
      return openedRoom(ring, await ledger.createRoom({ ...room, name: sealed }, maxRooms));
    },
    findRoom: async (codeHash) => {
      const room = await ledger.findRoom(codeHash);
      return room && openedRoom(ring, room);
    },
    moveDeadline: async (host, closesAt, ticketsUntil) =>
      openedRoom(ring, await ledger.moveDeadline(host, closesAt, ticketsUntil)),
    listReviews: async (query) => (await ledger.listReviews(query)).map((review) => openedReview(ring, review)),
    readReview: async (sha256) => {
      const review = await ledger.readReview(sha256);
      return review && openedReview(ring, review);
    },
  };
  return { ...ledger, ...own };
}

function openedReview<R extends ReviewFacts>(ring: KeyRing, review: R): R {
  const reports = review.reports.map((report) => ({
    ...report,
    name: openName(ring, { ...report, extension: '' }),
    note: report.note === null ? null : (openText(ring, report.note, noteContext(report.delivery)) ?? null),
  }));
  return { ...review, reports };
}

type Named = Pick<GiftFacts, 'key' | 'name' | 'extension'>;

/** The context of a gift's name. */
export const nameContext = (key: string) => ({ kind: 'name', owner: key }) as const;

/** The context of a report's note, by the number of its delivery. */
export const noteContext = (delivery: number) => ({ kind: 'note', owner: String(delivery) }) as const;

/** The context of the name of a room, by its pool. */
export const roomContext = (pool: string) => ({ kind: 'room', owner: pool }) as const;

const openedRoom = (ring: KeyRing, room: RoomFacts): RoomFacts => ({
  ...room,
  name: openText(ring, room.name, roomContext(room.pool)) ?? '…',
});

/** Seals the name of a gift, which is bound to its key. */
export const sealName = (ring: KeyRing, { key, name }: Pick<Named, 'key' | 'name'>): string =>
  sealText(ring, name, nameContext(key));

/** The name of a gift. One that cannot be opened is replaced: the bytes are authentic without it. */
export const openName = (ring: KeyRing, { key, name, extension }: Named): string =>
  openText(ring, name, nameContext(key)) ?? (extension === '' ? 'file' : `file.${extension}`);

const withGift = <G extends Named, T extends { readonly gift: G }>(
  facts: T,
  open: <N extends Named>(gift: N) => N,
): T => ({
  ...facts,
  gift: open(facts.gift),
});
