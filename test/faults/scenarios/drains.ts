/** A party takes more gifts than its budgets: from one address, as one giver at many addresses, or for copies. */
import { createClient } from '../../../src/contract/client.ts';
import { newGift } from '../client-actions.ts';
import { type ClientState, fetchWithTimeout, type LabClient } from '../client-state.ts';
import { receiveDelivery } from '../receive.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';

const budget = 3;

/** Addresses are forwarded. */
const settings = { RATE_LIMIT: 'on', DAILY_GIFTS: String(budget), TRUST_PROXY: '127.0.0.1,::1' };

/** A party in a run. */
interface Party {
  readonly state: ClientState;
  readonly client: LabClient;
}

async function run(lab: Lab): Promise<Remainder> {
  return runUnderLoad(lab, { clients: 0, settings }, async ({ workload: { state } }) => {
    const partyOf = (name: string): Party => ({ state, client: { random: lab.random, name, secret: undefined } });
    const expectAtMost = (most: number, tickets: readonly string[], what: string) => {
      const took = lab.history.entries.filter(
        (entry) => entry.action === 'arrived' && tickets.includes(`${entry.ticket}`) && /^honest/.test(`${entry.id}`),
      ).length;
      if (took > most) lab.complaints.push(`${what} took ${took} gifts instead of ${most}`);
    };
    const stock = lab.points + 4 * budget;
    for (let n = 0; n < stock; n++) await giveFrom(partyOf('honest'), `10.${n}.0.1`, newGift(state, honest(lab)));
    expectAtMost(0, await giveCopies(partyOf('copies'), lab), 'a party that gave copies');
    const alone = partyOf('address');
    expectAtMost(budget, await drain(alone, lab.points, () => '192.0.2.1'), 'an address');
    // The first gift makes the giver, and does not count.
    const named = partyOf('giver');
    expectAtMost(budget + 1, await drain(named, lab.points, (n) => `11.${n}.0.1`, true), 'a giver');
  });
}

const honest = ({ random }: Lab): LabClient => ({ random, name: 'honest', secret: undefined });

type Gift = ReturnType<typeof newGift>;

const clientAt = (state: ClientState, address: string) =>
  createClient(state.url(), (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', address);
    return fetchWithTimeout(String(input), { ...init, headers });
  });

/** Gives for a ticket. */
async function giveFrom({ state, client }: Party, address: string, { id, name, bytes }: Gift) {
  const file = { name, bytes: new Blob([bytes]) };
  const given = await clientAt(state, address).give(file, { giver: client.secret });
  state.history.note({ action: 'given', id, ticket: given.ticket });
  return given;
}

/** Gives files, then draws for all of them; answers their tickets. */
async function drain(
  party: Party,
  count: number,
  address: (n: number) => string,
  isNamed = false,
): Promise<readonly string[]> {
  const tickets: string[] = [];
  for (let n = 0; n < count; n++) {
    const given = await giveFrom(party, address(n), newGift(party.state, party.client));
    if (isNamed) party.client.secret = given.giver;
    tickets.push(given.ticket);
  }
  for (const ticket of tickets) await drawFrom(party, ticket);
  return tickets;
}

async function drawFrom({ state, client }: Party, ticket: string): Promise<boolean> {
  const delivery = await clientAt(state, '192.0.2.2').draw(ticket);
  if (delivery) await receiveDelivery(state, client, { url: delivery.url, ticket });
  return delivery !== undefined;
}

/** Gives one file again and again, draws, and withdraws the copies that are left. */
async function giveCopies(party: Party, { points, history }: Lab): Promise<readonly string[]> {
  const first = newGift(party.state, party.client);
  const { ticket } = await giveFrom(party, '12.0.0.1', first);
  const original = await clientAt(party.state, '12.0.0.1').ticket(ticket);
  if (original.state !== 'open') throw new Error('the first of the copies was not pooled');
  const tickets: string[] = [];
  for (let n = 1; n <= points; n++) {
    const id = `copy-${n}`;
    history.note({ action: 'gives', id, giver: id });
    const copy = await giveFrom(party, `12.${n}.0.1`, { ...first, id, name: `${id}.txt` });
    tickets.push(copy.ticket);
  }
  for (const copy of tickets) {
    if (await drawFrom(party, copy)) continue;
    history.note({ action: 'withdraws', ticket: copy });
    await clientAt(party.state, '192.0.2.2').withdraw(copy);
    history.note({ action: 'withdrawn', ticket: copy });
  }
  return tickets;
}

export const drains: Scenario = {
  name: 'drains',
  summary: 'A party gives far more files than its budgets let in, to take the gifts of others.',
  unit: 'files of each party',
  points: { short: 8, usual: 24 },
  sites: ['embedded', 'servers'],
  run,
};
