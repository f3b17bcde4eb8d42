/** Cases of wishes: draws by kind, and what open tickets are owed by kind. */
import { expect } from 'vitest';
import type { FileKind } from '../../../contract/vocabulary.ts';
import type { Ledger } from '../../ledger.ts';
import type { NewGift, Wish } from '../../types.ts';
import {
  type Case,
  deadlines,
  draw,
  drawFree,
  drawn,
  give,
  givePlain,
  later,
  next,
  sha256,
  spans,
  stateOf,
  statsOf,
} from '../samples.ts';

const extensions: Partial<Record<FileKind, string>> = { image: 'png', audio: 'mp3', text: 'txt' };
const of = (kind: FileKind): Partial<NewGift> => ({ kind, extension: extensions[kind] ?? 'unknown' });

/** Gives a file of a kind for another of the same kind. */
const giveAndMatch = (ledger: Ledger, kind: FileKind) => give(ledger, { ...of(kind), wish: [kind] });

function drawWith(ledger: Ledger, ticketHash: string, wish: Wish) {
  const nonce = `nonce ${next()}`;
  return ledger.drawForTicket({ ticketHash, nonce, secretHash: sha256(nonce), wish }, deadlines);
}

const drawFreeOf = (ledger: Ledger, ...kinds: FileKind[]) =>
  ledger.drawFree({ pool: 'public', giver: null, secretHash: sha256(`secret ${next()}`), kinds }, deadlines);

const owedOf = async (ledger: Ledger, kind: FileKind) =>
  (await statsOf(ledger)).kinds.find((one) => one.kind === kind)?.owed;

export const kindCases: Readonly<Record<string, Case>> = {
  'draws only the kinds that a request names': async ({ ledger }) => {
    for (const kind of ['text', 'image', 'audio', 'text'] as const) await givePlain(ledger, of(kind));
    expect((await drawn(drawFreeOf(ledger, 'image'))).gift.kind).toBe('image');
    expect(await drawFreeOf(ledger, 'image', 'video')).toMatchObject({ outcome: 'empty' });
    expect(['text', 'audio']).toContain((await drawn(drawFreeOf(ledger, 'audio', 'text'))).gift.kind);
    const { ticket } = await give(ledger, of('text'));
    expect((await drawn(drawWith(ledger, ticket, ['text']))).gift.kind).toBe('text');
  },

  'gives a ticket its kind, and remembers its wish': async ({ ledger }) => {
    await givePlain(ledger, of('text'));
    const song = await givePlain(ledger, of('audio'));
    const { ticket } = await giveAndMatch(ledger, 'audio');
    expect(await ledger.findTicket(ticket)).toMatchObject({ wish: ['audio'] });
    expect((await drawn(draw(ledger, ticket))).gift.key).toBe(song.key);
  },

  'lets a ticket wait for its kind although there are other gifts': async ({ ledger }) => {
    await givePlain(ledger, of('text'));
    const { ticket, ticketId } = await giveAndMatch(ledger, 'audio');
    expect(await draw(ledger, ticket)).toEqual({ outcome: 'waiting', ticketId });
    expect((await givePlain(ledger, of('text'))).notices).toEqual([]);
    const song = await givePlain(ledger, of('audio'));
    expect(song.notices).toEqual([{ ticketId, event: 'ready' }]);
    expect((await drawn(draw(ledger, ticket))).gift.key).toBe(song.key);
  },

  'lets a waiting ticket change its mind': async ({ ledger }) => {
    const text = await givePlain(ledger, of('text'));
    const { ticket } = await giveAndMatch(ledger, 'audio');
    expect(await draw(ledger, ticket)).toMatchObject({ outcome: 'waiting' });
    expect((await drawn(drawWith(ledger, ticket, null))).gift.key).toBe(text.key);
    expect(await ledger.findTicket(ticket)).toMatchObject({ wish: null, state: 'drawn' });
    expect(await owedOf(ledger, 'audio')).toBe(0);
  },

  'returns a held gift if the ticket wishes for another kind': async ({ ledger }) => {
    const { ticket } = await giveAndMatch(ledger, 'audio');
    await draw(ledger, ticket);
    const other = await giveAndMatch(ledger, 'audio');
    expect(await stateOf(ledger, ticket)).toBe('ready');
    expect(await drawWith(ledger, ticket, ['image'])).toMatchObject({ outcome: 'waiting' });
    expect(await statsOf(ledger)).toMatchObject({ gifts: 2, openTickets: 2 });
    const image = await givePlain(ledger, of('image'));
    expect((await drawn(draw(ledger, ticket))).gift.key).toBe(image.key);
    expect((await drawn(draw(ledger, other.ticket))).gift.kind).toBe('audio');
  },

  'tells a waiting ticket of a held gift that another ticket no longer wants': async ({ ledger }) => {
    const first = await giveAndMatch(ledger, 'audio');
    await draw(ledger, first.ticket);
    const second = await give(ledger, { ...of('text'), giver: 'w', wish: ['audio'] });
    const song = await givePlain(ledger, of('audio'));
    expect(song.notices).toEqual([{ ticketId: first.ticketId, event: 'ready' }]);
    // Its own song was owed to it, and is free now.
    expect((await drawn(draw(ledger, second.ticket))).gift.key).toBe(first.key);
    const third = await give(ledger, { ...of('text'), wish: ['audio'] });
    expect(await draw(ledger, third.ticket)).toMatchObject({ outcome: 'waiting' });
    expect(await drawWith(ledger, first.ticket, ['video'])).toEqual({
      outcome: 'waiting',
      ticketId: first.ticketId,
      notices: [{ ticketId: third.ticketId, event: 'ready' }],
    });
    expect((await drawn(draw(ledger, third.ticket))).gift.key).toBe(song.key);
  },

  'leaves gifts that tickets are owed by kind': async ({ ledger }) => {
    const mine = await giveAndMatch(ledger, 'audio');
    for (let n = 0; n < 3; n++) await givePlain(ledger, of('text'));
    expect(await drawFreeOf(ledger, 'audio')).toMatchObject({ outcome: 'empty' });
    const anyone = await give(ledger, of('text'));
    expect((await drawn(draw(ledger, anyone.ticket))).gift.kind).toBe('text');
    const wants = await give(ledger, of('text'));
    expect(await drawWith(ledger, wants.ticket, ['audio'])).toMatchObject({ outcome: 'waiting' });
    for (;;) {
      const free = await drawFree(ledger);
      if (free.outcome !== 'drawn') break;
      expect(free.delivery.gift.kind).toBe('text');
    }
    expect((await statsOf(ledger)).kinds).toContainEqual({ kind: 'audio', gifts: 1, bytes: 10, owed: 1 });
    const other = await giveAndMatch(ledger, 'audio');
    expect((await drawn(draw(ledger, mine.ticket))).gift.key).toBe(other.key);
    expect((await drawn(draw(ledger, other.ticket))).gift.key).toBe(mine.key);
  },

  'takes only what is beyond the owed gifts of a kind in one batch': async ({ ledger }) => {
    for (let n = 0; n < 4; n++) await giveAndMatch(ledger, 'audio');
    for (let n = 0; n < 3; n++) await givePlain(ledger, of('audio'));
    await givePlain(ledger, of('text'));
    const draws = await Promise.all(Array.from({ length: 8 }, () => drawFreeOf(ledger, 'audio')));
    expect(draws.filter(({ outcome }) => outcome === 'drawn')).toHaveLength(3);
    expect((await drawn(drawFree(ledger))).gift.kind).toBe('text');
    expect(await drawFree(ledger)).toMatchObject({ outcome: 'empty' });
  },

  'never leaves an owed kind without a gift when a song is given while others draw': async ({ ledger, second }) => {
    const other = await second();
    try {
      for (let round = 0; round < 10; round++) {
        const texts = await Promise.all(Array.from({ length: 6 }, () => give(ledger, of('text'))));
        const [song] = await Promise.all([
          giveAndMatch(ledger, 'audio'),
          ...texts.map(({ ticket }, n) => draw(n % 2 === 0 ? ledger : other, ticket)),
        ]);
        const audio = (await statsOf(ledger)).kinds.find(({ kind }) => kind === 'audio');
        expect(audio?.gifts).toBeGreaterThanOrEqual(audio?.owed ?? 0);
        await ledger.withdraw(song.ticket, deadlines);
      }
    } finally {
      await other.close();
    }
  },

  'owes a kind again when a delivery lapses': async ({ ledger }) => {
    const one = await give(ledger, { ...of('audio'), wish: ['audio', 'image'] });
    const image = await givePlain(ledger, of('image'));
    expect((await drawn(draw(ledger, one.ticket))).gift.key).toBe(image.key);
    // The song is free now: the ticket will be owed the image again.
    expect((await drawn(drawFreeOf(ledger, 'audio'))).gift.key).toBe(one.key);
    await givePlain(ledger, of('text'));
    expect(await ledger.expireLeases(later(spans.lease), 1)).toMatchObject({ count: 1 });
    expect(await owedOf(ledger, 'image')).toBe(1);
    expect(await drawFreeOf(ledger, 'image')).toMatchObject({ outcome: 'empty' });
  },

  'owes a ticket that waits for a kind chosen later what it gave': async ({ ledger }) => {
    const late = await give(ledger, of('audio'));
    await givePlain(ledger, of('text'));
    expect(await drawWith(ledger, late.ticket, ['audio'])).toMatchObject({ outcome: 'waiting' });
    expect(await owedOf(ledger, 'audio')).toBe(1);
    expect(await drawFreeOf(ledger, 'audio')).toMatchObject({ outcome: 'empty' });
    // Were the song of the first gone, both would wait for each other.
    const other = await giveAndMatch(ledger, 'audio');
    expect(other.notices).toEqual([{ ticketId: late.ticketId, event: 'ready' }]);
    expect((await drawn(draw(ledger, late.ticket))).gift.key).toBe(other.key);
    expect((await drawn(draw(ledger, other.ticket))).gift.key).toBe(late.key);
  },

  'owes a kind chosen later to no ticket whose gift is gone or of another kind': async ({ ledger }) => {
    const gone = await give(ledger, of('audio'));
    const songs = await give(ledger, of('text'));
    const images = await give(ledger, of('image'));
    await givePlain(ledger, of('text'));
    expect((await drawn(drawFreeOf(ledger, 'audio'))).gift.key).toBe(gone.key);
    for (const { ticket } of [gone, songs])
      expect(await drawWith(ledger, ticket, ['audio'])).toMatchObject({ outcome: 'waiting' });
    expect(await drawWith(ledger, images.ticket, ['audio', 'video'])).toMatchObject({ outcome: 'waiting' });
    for (const kind of ['audio', 'image', 'text'] as const) expect((await owedOf(ledger, kind)) ?? 0).toBe(0);
  },

  'never owes a kind chosen later without a gift while others draw': async ({ ledger, second }) => {
    const other = await second();
    try {
      for (let round = 0; round < 10; round++) {
        const song = await give(ledger, of('audio'));
        const texts = await Promise.all(Array.from({ length: 6 }, () => give(ledger, of('text'))));
        await Promise.all([
          drawWith(ledger, song.ticket, ['audio']),
          ...texts.map(({ ticket }, n) => draw(n % 2 === 0 ? ledger : other, ticket)),
        ]);
        const audio = (await statsOf(ledger)).kinds.find(({ kind }) => kind === 'audio');
        expect(audio?.gifts ?? 0).toBeGreaterThanOrEqual(audio?.owed ?? 0);
        await drawWith(ledger, song.ticket, null);
      }
    } finally {
      await other.close();
    }
  },

  'forgets kinds that no ticket is owed any more': async ({ ledger }) => {
    const one = await giveAndMatch(ledger, 'audio');
    await ledger.withdraw(one.ticket, deadlines);
    expect(await ledger.compactSlots()).toBe(1);
    expect(await ledger.compactSlots()).toBe(0);
    const again = await giveAndMatch(ledger, 'audio');
    expect(await ledger.compactSlots()).toBe(0);
    expect(await drawFreeOf(ledger, 'audio')).toMatchObject({ outcome: 'empty' });
    expect(await stateOf(ledger, again.ticket)).toBe('open');
  },

  'serves a waiting ticket once a kind is no longer owed': async ({ ledger }) => {
    const song = await giveAndMatch(ledger, 'audio');
    const { ticket, ticketId } = await give(ledger, { ...of('text'), wish: ['audio'] });
    expect(await draw(ledger, ticket)).toMatchObject({ outcome: 'waiting' });
    await drawWith(ledger, song.ticket, ['text', 'image']);
    const served = await ledger.serveOverlooked(deadlines, { pool: 0, ticket: 0 }, 10);
    expect(served.notices).toContainEqual({ ticketId, event: 'ready' });
    expect((await drawn(draw(ledger, ticket))).gift.key).toBe(song.key);
  },
};
