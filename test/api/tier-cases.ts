/** Attempts to drain the pool through the API, and people who must not notice the limits against them. Addresses are forwarded. */
import { expect } from 'vitest';
import { headers } from '../../src/contract/api/paths.ts';
import { formOf, type TestApp } from '../setup/test-app.ts';

/** The daily budget in these cases. */
export const budget = 5;

export const tierSettings = { RATE_LIMIT: 'on', DAILY_GIFTS: String(budget), TRUST_PROXY: '127.0.0.1' };

/** `TIER_SCALE=30` attacks with 2,000 files. */
const scale = Number(process.env.TIER_SCALE ?? 1);
const many = Math.round(66 * scale);

interface Given {
  readonly ticket: string;
  readonly giver: string;
  readonly answer: Response;
}

interface Gift {
  readonly from: string;
  readonly text: string;
  readonly giver?: string | undefined;
  /** The foreign page that sends it. */
  readonly page?: string;
}

const headersOf = ({ from, giver, page }: Gift) => ({
  accept: 'application/json',
  'x-forwarded-for': from,
  ...(giver === undefined ? {} : { [headers.giver]: giver }),
  ...(page === undefined ? {} : { origin: page, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }),
});

/** Gives for a ticket. */
export async function giveFor(app: TestApp, gift: Gift): Promise<Given> {
  const body = formOf('a.txt', gift.text);
  const answer = await fetch(`${app.url}/api/exchange`, { method: 'POST', body, headers: headersOf(gift) });
  expect(answer.status).toBe(201);
  const { ticket, giver } = (await answer.clone().json()) as Given;
  return { ticket, giver, answer };
}

/** The text of the gift that a ticket draws; undefined if it waits. */
async function drawText(app: TestApp, { ticket }: Pick<Given, 'ticket'>): Promise<string | undefined> {
  const answer = await fetch(`${app.url}/api/download`, { headers: { authorization: `Bearer ${ticket}` } });
  const text = await answer.text();
  expect([200, 404]).toContain(answer.status);
  return answer.status === 200 ? text : undefined;
}

/** Draws with tickets; answers the texts of the gifts. */
export async function drawTexts(app: TestApp, tickets: readonly Given[]): Promise<string[]> {
  const texts: string[] = [];
  for (const ticket of tickets) texts.push((await drawText(app, ticket)) ?? '');
  return texts.filter((text) => text !== '');
}

export const isHonest = (text: string) => text.startsWith('honest');

/** Plain gifts from as many networks. */
export async function stock(app: TestApp, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const from = `10.${n}.0.1`;
    expect((await app.upload('a.txt', `honest ${n}`, { 'x-forwarded-for': from })).status).toBe(200);
  }
}

/** Gives as often as `count` says, eight at a time, by one giver. */
async function attack(app: TestApp, count: number, gift: (n: number) => Omit<Gift, 'giver'>): Promise<Given[]> {
  const first = await giveFor(app, gift(0));
  const given = [first];
  for (let n = 1; n < count; n += 8) {
    const some = Array.from({ length: Math.min(8, count - n) }, (_, at) => gift(n + at));
    given.push(...(await Promise.all(some.map((one) => giveFor(app, { ...one, giver: first.giver })))));
  }
  return given;
}

/** How many honest gifts an attacker obtains, who gives this. */
async function obtained(app: TestApp, count: number, gift: (n: number) => Omit<Gift, 'giver'>): Promise<number> {
  return (await drawTexts(app, await attack(app, count, gift))).filter(isHonest).length;
}

/** An attacker without a giver, so that only addresses and pages limit it. */
async function obtainedByMany(app: TestApp, gifts: readonly Gift[]): Promise<number> {
  const given: Given[] = [];
  for (const gift of gifts) given.push(await giveFor(app, gift));
  return (await drawTexts(app, given)).filter(isHonest).length;
}

const attacker = '192.0.2.1';

/** Two people at one address: the first gives and waits, then the second gives once. */
async function serveTwo(app: TestApp, count: number): Promise<void> {
  const from = '19.0.0.1';
  const first = await attack(app, count, (n) => ({ from, text: `first ${n}` }));
  expect(await drawTexts(app, first)).toEqual([]);
  const second = await giveFor(app, { from, text: 'second' });
  expect(await drawText(app, second)).toMatch(/^first/);
  expect(await drawTexts(app, first)).toEqual(['second']);
}

export const tierCases: Readonly<Record<string, (app: TestApp) => Promise<void>>> = {
  'many tiny files from one address obtain as many gifts as its budget says, and all strangers are served': async (
    app,
  ) => {
    await stock(app, 40);
    expect(await obtained(app, many, (n) => ({ from: attacker, text: `junk ${n}` }))).toBe(budget);
    const strangers: Given[] = [];
    for (let n = 0; n < 10; n++) strangers.push(await giveFor(app, { from: `11.${n}.0.1`, text: `honest too ${n}` }));
    const texts = await drawTexts(app, strangers);
    expect(texts).toHaveLength(10);
    expect(texts.filter((text) => !isHonest(text)).length).toBeLessThanOrEqual(budget);
  },

  'a giver at many addresses obtains as many gifts as its budget says': async (app) => {
    await stock(app, 20);
    // The first gift makes the giver, and does not count.
    expect(await obtained(app, 12, (n) => ({ from: `12.${n}.0.1`, text: `junk ${n}` }))).toBe(budget + 1);
  },

  'an address with many givers obtains as many gifts as its budget says': async (app) => {
    await stock(app, 20);
    const gifts = Array.from({ length: 12 }, (_, n) => ({ from: attacker, text: `junk ${n}` }));
    expect(await obtainedByMany(app, gifts)).toBeLessThanOrEqual(budget);
  },

  'the addresses of a network obtain eight times as many in IPv4, and four times in IPv6': async (app) => {
    await stock(app, 100);
    const ofNetwork = (count: number, from: (n: number) => string) =>
      Array.from({ length: count }, (_, n) => ({ from: from(n), text: `junk ${from(n)} ${n}`, giver: undefined }));
    const first = await giveFor(app, { from: '13.0.0.1', text: 'junk' });
    expect(first.answer.headers.get('ratelimit')).toMatch(/^"daily";r=4;t=\d+$/);
    const left: number[] = [];
    for (const gift of ofNetwork(8 * budget, (n) => `13.0.0.${2 + n}`)) {
      const { answer } = await giveFor(app, gift);
      left.push(leftIn(answer));
    }
    expect(left.filter((count) => count === 0)).toHaveLength(2);
    const sixes: number[] = [];
    for (const gift of ofNetwork(4 * budget + 1, (n) => `2001:db8:0:${n}::1`)) {
      const { answer } = await giveFor(app, gift);
      sixes.push(leftIn(answer));
    }
    expect(sixes.filter((count) => count === 0)).toHaveLength(2);
  },

  'copies obtain nothing, whatever the address': async (app) => {
    await stock(app, 20);
    expect(await obtained(app, many, (n) => ({ from: n % 2 ? attacker : `14.${n % 50}.0.1`, text: 'junk' }))).toBe(1);
    expect(await obtained(app, 3, (n) => ({ from: `15.${n}.0.1`, text: 'honest 3' }))).toBe(0);
  },

  'all visitors of a foreign page share its budget': async (app) => {
    await stock(app, 20);
    const page = 'https://elsewhere.example';
    const gifts = Array.from({ length: 8 }, (_, n) => ({ from: `16.${n}.0.1`, text: `junk ${n}`, page }));
    const left: number[] = [];
    for (const gift of gifts) left.push(leftIn((await giveFor(app, gift)).answer));
    expect(left).toEqual([4, 3, 2, 1, 0, 0, 0, 0]);
  },

  'a class behind one address is served at once': async (app) => {
    const from = '198.51.100.7';
    for (let n = 0; n < budget + 1; n++) await app.upload('a.txt', `teacher ${n}`, { 'x-forwarded-for': from });
    const pupils = new Map<number, string>();
    for (let n = 0; n < 3 * 14; n++) {
      const given = await giveFor(app, { from, text: `pupil ${n}`, giver: pupils.get(n % 14) });
      pupils.set(n % 14, given.giver);
      expect(await drawText(app, given)).toBeDefined();
    }
  },

  'somebody with many photos is served at once, beside others with as many': async (app) => {
    await stock(app, 10);
    for (let n = 0; n < 20; n++) await app.upload('a.txt', `other ${n}`, { 'x-forwarded-for': '17.0.0.1' });
    const photos = await attack(app, 20, (n) => ({ from: '18.0.0.1', text: `photo ${n}` }));
    expect(await drawTexts(app, photos)).toHaveLength(20);
  },

  'two people on one machine are served at once if the first gave as many as the budget': (app) =>
    serveTwo(app, budget),

  'two people on one machine are served at once if the first gave three times as many': (app) =>
    serveTwo(app, 3 * budget),

  'a script that gives many plain files and draws them gets them all': async (app) => {
    const from = { 'x-forwarded-for': '20.0.0.1' };
    for (let n = 0; n < 62; n++) await app.upload('a.txt', `mine ${n}`, from);
    const drawn = new Set<string>();
    for (let n = 0; n < 62; n++) drawn.add(await (await fetch(`${app.url}/api/download`, { headers: from })).text());
    expect(drawn.size).toBe(62);
  },

  'an answer says what is left of the budget, and nothing of tiers': async (app) => {
    const given: Given[] = [];
    for (let n = 0; n <= budget; n++) given.push(await giveFor(app, { from: attacker, text: `gift ${n}` }));
    expect(given.map(({ answer }) => leftIn(answer))).toEqual([4, 3, 2, 1, 0, 0]);
    expect(given[0]?.answer.headers.get('ratelimit-policy')).toBe('"daily";q=5;w=86400');
    const shapes = await Promise.all(
      given.map(async ({ ticket }) => {
        const answer = await fetch(`${app.url}/api/tickets/${ticket}`);
        return Object.keys((await answer.json()) as object).join();
      }),
    );
    expect(new Set(shapes).size).toBe(1);
    const stats = await app.client.poolStats();
    expect(stats).toMatchObject({ file_count: budget + 1, given_total: budget + 1, free_count: 0 });
  },
};

/** The budget that is left, as an answer says. */
export const leftIn = (answer: Response): number => Number(/;r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);
