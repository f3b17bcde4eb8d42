/** Cases of accounts and their histories. */
import { expect } from 'vitest';
import type { AuthCondition, AuthRow } from '../../account-types.ts';
import type { Ledger } from '../../ledger.ts';
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
  start,
  stateOf,
} from '../samples.ts';

const is = (column: string, value: string | number): AuthCondition => ({
  column,
  operator: '=',
  value,
  connector: 'and',
});

async function addUser(ledger: Ledger, more: AuthRow = {}): Promise<string> {
  const id = `user ${next()}`;
  const times = { created_at: start, updated_at: start };
  const row = {
    id,
    name: id,
    email: `${next()}@example.org`,
    email_verified: 1,
    image: null,
    role: 'member',
    ...times,
  };
  await ledger.addAuthRow('auth_user', { ...row, ...more });
  return id;
}

const addSession = (ledger: Ledger, userId: string, expiresAt = start) =>
  ledger.addAuthRow('auth_session', {
    id: `session ${next()}`,
    user_id: userId,
    token: `token ${next()}`,
    expires_at: expiresAt,
    created_at: start,
    updated_at: start,
  });

const historyOf = async (ledger: Ledger, userId: string) =>
  (await ledger.readHistory(userId, undefined, 100)).map(({ facts }) => facts);

export const accountCases: Readonly<Record<string, Case>> = {
  'stores the rows of accounts': async ({ ledger, second }) => {
    const id = await addUser(ledger, { email: 'ada@example.org' });
    const other = await second();
    expect(await other.addAuthRow('auth_user', { ...(await userOf(ledger, id)), id: 'other' })).toBeUndefined();
    expect(await other.changeAuthRows('auth_user', [is('id', id)], { role: 'admin' })).toMatchObject([
      { id, role: 'admin', email: 'ada@example.org', created_at: start },
    ]);
    expect(await ledger.countAuthRows('auth_user', [is('role', 'admin')])).toBe(1);
    expect(await ledger.countAuthRows('auth_user', [is('role', 'member')])).toBe(0);
  },

  'finds the rows of accounts by conditions': async ({ ledger }) => {
    for (const [name, role] of [
      ['ada', 'admin'],
      ['ben', 'member'],
      ['50%', 'member'],
    ] as const)
      await addUser(ledger, { name, role });
    const namesBy = async (where: AuthCondition[], more: object = {}) => {
      const order = { column: 'name', direction: 'asc' } as const;
      return (await ledger.findAuthRows('auth_user', { where, order, ...more })).map(({ name }) => name);
    };
    const condition = (column: string, operator: AuthCondition['operator'], value: AuthCondition['value']) =>
      ({ column, operator, value, connector: 'and' }) as const;
    expect(await namesBy([])).toEqual(['50%', 'ada', 'ben']);
    expect(await namesBy([], { limit: 1, offset: 1 })).toEqual(['ada']);
    expect(await namesBy([condition('name', 'in', ['ada', 'ben'])])).toEqual(['ada', 'ben']);
    expect(await namesBy([condition('name', 'not in', ['ada', 'ben'])])).toEqual(['50%']);
    expect(await namesBy([condition('name', 'like', '%\\%')])).toEqual(['50%']);
    expect(await namesBy([condition('image', '=', null), condition('name', '>', 'b')])).toEqual(['ben']);
    expect(await namesBy([condition('image', '!=', null)])).toEqual([]);
    const either = ['ada', 'ben'].map((value) => ({ ...is('name', value), connector: 'or' as const }));
    expect(await namesBy([is('role', 'member'), ...either])).toEqual(['ben']);
  },

  'answers a removed row to one caller only': async ({ ledger, second }) => {
    const row = { value: 'x', expires_at: start, created_at: start, updated_at: start };
    for (const id of ['1', '2', '3']) await ledger.addAuthRow('auth_verification', { id, identifier: 'same', ...row });
    const ledgers = [ledger, await second()];
    const consume = (one: Ledger) => one.removeAuthRows('auth_verification', [is('identifier', 'same')], 1);
    const taken = (await Promise.all([...ledgers, ...ledgers, ...ledgers, ...ledgers].map(consume))).flat();
    const ids = taken.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (let left = 3 - ids.length; left > 0; left--) ids.push(...(await consume(ledger)).map(({ id }) => id));
    expect(ids.toSorted()).toEqual(['1', '2', '3']);
    expect(await consume(ledger)).toEqual([]);
  },

  'removes what is past its time': async ({ ledger }) => {
    const [ada, broken] = [await addUser(ledger), await addUser(ledger, { email_verified: 0 })];
    await addSession(ledger, ada, start);
    await addSession(ledger, ada, start + 2);
    expect(await ledger.sweepAccounts(start + 1)).toBe(1);
    expect(await ledger.countAuthRows('auth_session', [])).toBe(1);
    expect(await ledger.sweepAccounts(start + 2 * 86_400_000)).toBe(2);
    expect(await userOf(ledger, broken)).toBeUndefined();
    expect(await userOf(ledger, ada)).toBeDefined();
  },

  'removes an account and leaves its gifts': async ({ ledger }) => {
    const [ada, ben] = [await addUser(ledger), await addUser(ledger)];
    const { ticket } = await give(ledger);
    await ledger.addHistory(ada, [{ ticketHash: ticket }], start);
    await addSession(ledger, ada);
    await addSession(ledger, ben);
    expect(await ledger.removeAccount(ada)).toBe(true);
    expect(await ledger.removeAccount(ada)).toBe(false);
    expect(await ledger.countAuthRows('auth_session', [])).toBe(1);
    expect(await ledger.addHistory(ada, [{ ticketHash: ticket }], start)).toMatchObject({ unknown: 1 });
    expect(await ledger.addHistory(ben, [{ ticketHash: ticket }], start)).toMatchObject({ added: 1 });
    expect(await stateOf(ledger, ticket)).toBe('open');
  },

  'tells what became of the gifts of an account': async ({ ledger }) => {
    const ada = await addUser(ledger);
    const mine = await give(ledger);
    expect(await ledger.addHistory(ada, [{ ticketHash: mine.ticket }], start)).toEqual({
      added: 1,
      known: 0,
      foreign: 0,
      unknown: 0,
    });
    expect(await historyOf(ledger, ada)).toEqual([
      {
        gave: {
          key: mine.key,
          extension: 'txt',
          name: mine.name,
          size: 10,
          kind: 'text',
          mimeType: 'text/plain',
          sha256: mine.sha256,
          givenAt: start,
          state: 'pooled',
          thanks: null,
        },
        state: 'open',
        expiresAt: start + spans.ticket,
      },
    ]);
    const theirs = await give(ledger);
    const arriving = await drawn(draw(ledger, mine.ticket));
    expect(await historyOf(ledger, ada)).toMatchObject([
      { state: 'drawn', received: { name: theirs.name, receivedAt: null, isReported: false } },
    ]);
    await ledger.complete(arriving.id, deadlines);
    await ledger.thank(arriving.id, '🎉');
    await ledger.report(arriving.id, { reason: 'other', note: null, parties: [] }, deadlines);
    const leaving = await drawn(draw(ledger, theirs.ticket));
    await ledger.complete(leaving.id, deadlines);
    await ledger.thank(leaving.id, '❤️');
    expect(await historyOf(ledger, ada)).toMatchObject([
      {
        state: 'spent',
        gave: { state: 'delivered', thanks: '❤️' },
        received: { name: theirs.name, receivedAt: start, thanks: '🎉', isReported: true },
      },
    ]);
  },

  'tells of gifts without a ticket and of free draws': async ({ ledger }) => {
    const ada = await addUser(ledger);
    const plain = await givePlain(ledger);
    const secretHash = sha256(`secret ${next()}`);
    const { id } = await drawn(ledger.drawFree({ pool: 'public', giver: null, secretHash }, deadlines));
    await ledger.addHistory(ada, [{ giftKey: plain.key }, { secretHash }, { secretHash: 'none' }], start);
    expect(await historyOf(ledger, ada)).toMatchObject([
      { state: 'drawn', received: { name: plain.name }, expiresAt: start + spans.lease },
      { gave: { name: plain.name, state: 'leased' } },
    ]);
    await ledger.complete(id, deadlines);
    expect((await historyOf(ledger, ada))[0]).toMatchObject({ state: 'spent' });
  },

  'keeps each exchange in one history, by page': async ({ ledger }) => {
    const [ada, ben] = [await addUser(ledger), await addUser(ledger)];
    const gifts = [await give(ledger), await give(ledger), await give(ledger)];
    const subjects = gifts.map(({ ticket }) => ({ ticketHash: ticket }));
    expect(await ledger.addHistory(ada, [...subjects.slice(0, 2), { ticketHash: 'none' }], start)).toEqual({
      added: 2,
      known: 0,
      foreign: 0,
      unknown: 1,
    });
    expect(await ledger.addHistory(ada, subjects.slice(0, 1), start)).toMatchObject({ added: 0, known: 1 });
    expect(await ledger.addHistory(ben, subjects, start)).toMatchObject({ added: 1, foreign: 2 });
    const [newest] = await ledger.readHistory(ada, undefined, 1);
    expect(newest?.key).toBe(gifts[1]?.ticket);
    expect(await ledger.readHistory(ada, newest?.id, 5)).toMatchObject([{ key: gifts[0]?.ticket }]);
    expect(await ledger.eraseHistory(ada, gifts[2]?.ticket)).toBe(0);
    expect(await ledger.eraseHistory(ada, gifts[0]?.ticket)).toBe(1);
    expect(await ledger.eraseHistory(ada)).toBe(1);
    expect(await historyOf(ledger, ben)).toHaveLength(1);
  },

  'keeps a history when the rows of its gifts are purged': async ({ ledger }) => {
    const ada = await addUser(ledger);
    const mine = await give(ledger);
    await ledger.addHistory(ada, [{ ticketHash: mine.ticket }], start);
    const theirs = await give(ledger);
    for (const ticket of [mine.ticket, theirs.ticket]) {
      const { id } = await drawn(draw(ledger, ticket));
      await ledger.complete(id, deadlines);
      await ledger.thank(id, '🙏');
    }
    const before = await historyOf(ledger, ada);
    const times = { beganBefore: start, limit: 10 };
    expect(await ledger.sweepHistory({ ...times, purgeBefore: start })).toEqual({ saved: 0, removed: 0 });
    const sweep = () => ledger.sweepHistory({ ...times, purgeBefore: start + spans.purge + 1 });
    expect(await sweep()).toEqual({ saved: 1, removed: 0 });
    expect(await sweep()).toEqual({ saved: 0, removed: 0 });
    const gone = await ledger.removable(start + spans.grace, 10);
    await ledger.markRemoved(gone.map(({ id }) => id));
    expect(await ledger.purge(start + spans.purge, 10)).toBeGreaterThan(0);
    expect(await ledger.findTicket(mine.ticket)).toBeUndefined();
    expect(await historyOf(ledger, ada)).toEqual(before);
    expect(before).toMatchObject([{ gave: { thanks: '🙏' }, received: { thanks: '🙏' }, state: 'spent' }]);
    expect(await ledger.sweepHistory({ ...times, beganBefore: start + 1, purgeBefore: start })).toEqual({
      saved: 0,
      removed: 1,
    });
    expect(await historyOf(ledger, ada)).toEqual([]);
  },

  'never draws for an account what was given before it was one giver': async ({ ledger }) => {
    const laptop = await give(ledger, { giver: 'laptop' });
    const phone = await give(ledger, { giver: 'phone' });
    expect(await ledger.mergeGivers('laptop', 'account', [laptop.ticket], 10)).toBe(1);
    expect(await ledger.mergeGivers('phone', 'account', [], 10)).toBe(1);
    expect(await ledger.mergeGivers('phone', 'account', [phone.ticket], 10)).toBe(0);
    expect(await draw(ledger, laptop.ticket)).toMatchObject({ outcome: 'waiting' });
    expect(await draw(ledger, phone.ticket)).toMatchObject({ outcome: 'waiting' });
    await givePlain(ledger);
    await givePlain(ledger);
    await givePlain(ledger);
    expect(await drawFree(ledger, 'account')).toMatchObject({ outcome: 'drawn' });
    expect(await drawFree(ledger, 'account')).toMatchObject({ outcome: 'empty' });
  },

  'never returns a gift under lease to the account that gave it': async ({ ledger }) => {
    const mine = await give(ledger, { giver: 'laptop' });
    const stranger = await give(ledger);
    await drawn(draw(ledger, stranger.ticket));
    await drawn(draw(ledger, mine.ticket));
    expect(await ledger.mergeGivers('laptop', 'account', [mine.ticket], 10)).toBe(1);
    await ledger.expireLeases(later(spans.lease), 10);
    const arriving = await drawn(draw(ledger, mine.ticket, later(spans.lease)));
    expect(arriving.gift.name).toBe(stranger.name);
    await ledger.complete(arriving.id, later(spans.lease));
    const own = await give(ledger, { giver: 'account' });
    expect(await draw(ledger, own.ticket)).toMatchObject({ outcome: 'waiting' });
  },

  'leaves a draw between two devices as it was made': async ({ ledger }) => {
    const laptop = await give(ledger, { giver: 'laptop' });
    const phone = await give(ledger, { giver: 'phone' });
    await drawn(draw(ledger, laptop.ticket));
    expect(await ledger.mergeGivers('laptop', 'account', [laptop.ticket], 10)).toBe(1);
    expect(await ledger.mergeGivers('phone', 'account', [phone.ticket], 10)).toBe(0);
  },
};

const userOf = async (ledger: Ledger, id: string): Promise<AuthRow | undefined> =>
  (await ledger.findAuthRows('auth_user', { where: [is('id', id)] }))[0];
