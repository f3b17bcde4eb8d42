/** The actions of simulated clients. */
import { headers, paths } from '../../src/contract/api/paths.ts';
import type { WishQuery } from '../../src/contract/client.ts';
import {
  apiClient,
  attempt,
  attemptUntilAnswered,
  type ClientState,
  fetchWithTimeout,
  isRefusal,
  type LabClient,
} from './client-state.ts';
import { receiveDelivery } from './receive.ts';
import { contentOf, nameOf } from './test-content.ts';

export type Action = (state: ClientState, client: LabClient) => Promise<unknown>;

/** A client with a giver secret gives under its own name; without one, each gift has a new giver. */
const giverOf = ({ name, secret }: LabClient, id: string) => (secret === undefined ? id : name);

export interface NewGift {
  readonly id: string;
  readonly name: string;
  readonly bytes: Buffer<ArrayBuffer>;
}

/** Creates a gift and records it as about to be given. Most are small; some fill several blocks. */
export function newGift(
  state: ClientState,
  client: LabClient,
  maxGiftSize = client.random.chance(0.8) ? 2_000 : state.maxGiftSize,
): NewGift {
  const id = `${client.name}-${++state.gifts}`;
  const size = 60 + client.random.below(maxGiftSize);
  state.history.note({ action: 'gives', id, giver: giverOf(client, id) });
  const name = nameOf(id, client.random.chance(0.5) ? 'text' : 'code');
  return { id, name, bytes: Buffer.from(contentOf(id, size)) };
}

const fileOf = ({ name, bytes }: NewGift) => ({ name, bytes: new Blob([bytes]) });

/** The idempotency key of a gift, the same in each attempt. */
export const idempotencyKeyOf = ({ id }: NewGift) => `key-of-${id}`.padEnd(40, '0');

/** Gives for a ticket, a share of them for the same kind. Most clients retry with the same key until they have an answer. */
export const giveForKind =
  (share: number) =>
  (state: ClientState, client: LabClient): Promise<string | undefined> =>
    giveGift(state, client, newGift(state, client), {
      asking: client.random.chance(0.7) ? attemptUntilAnswered : attempt,
      before: 0,
      wish: client.random.chance(share) ? { match: 'kind' } : undefined,
    });

export const give = giveForKind(0.5);

interface GiveAttempts {
  readonly asking: typeof attemptUntilAnswered;
  readonly before: number;
  readonly wish?: WishQuery | undefined;
}

/** Gives one gift for a ticket, after `before` attempts without an answer. */
export async function giveGift(
  state: ClientState,
  client: LabClient,
  gift: NewGift,
  { asking, before, wish }: GiveAttempts,
): Promise<string | undefined> {
  let attempts = before;
  const work = () => {
    attempts += 1;
    return apiClient(state).give(fileOf(gift), {
      giver: client.secret,
      key: idempotencyKeyOf(gift),
      wish,
    });
  };
  const outcome = await asking(state, work);
  if ('code' in outcome) {
    // An earlier attempt without an answer may have succeeded.
    return attempts === 1 ? noteRefusal(state, gift, outcome.code) : undefined;
  }
  const { ticket, giver } = outcome.answer;
  if (client.secret === undefined && client.random.chance(0.5)) client.secret = giver;
  state.history.note({ action: 'given', id: gift.id, ticket, giver: giverOf(client, gift.id) });
  state.tickets.add(ticket);
  return ticket;
}

/** Gives without a ticket. */
export async function upload(state: ClientState, client: LabClient): Promise<void> {
  const gift = newGift(state, client);
  const outcome = await attempt(state, () => apiClient(state).upload(fileOf(gift), { giver: client.secret }));
  if ('code' in outcome) noteRefusal(state, gift, outcome.code);
  else state.history.note({ action: 'given', id: gift.id, ticket: null });
}

function noteRefusal(state: ClientState, { id }: NewGift, code: string): undefined {
  if (isRefusal(code)) state.history.note({ action: 'refused', id, code });
}

/** Gives and receives in one request. */
async function exchangeInOneRequest(state: ClientState, client: LabClient): Promise<void> {
  const { id, name, bytes } = newGift(state, client);
  const said = client.secret ? { [headers.giver]: client.secret } : undefined;
  const outcome = await askOnce(state, () =>
    fetchWithTimeout(`${state.url()}${paths.exchange}?name=${name}`, {
      method: 'POST',
      body: bytes,
      headers: { ...said },
    }),
  );
  if ('code' in outcome) return;
  const { answer } = outcome;
  const ticket = answer.headers.get(headers.ticket);
  if (answer.ok && ticket) {
    state.history.note({ action: 'given', id, ticket });
    state.tickets.add(ticket);
  }
  await take(state, client, answer, ticket);
}

/** Draws without a ticket, any kind or this one. Returns whether there was a gift. */
export async function drawFree(state: ClientState, client: LabClient, kind = 'any'): Promise<boolean> {
  const outcome = await askOnce(state, () => fetchWithTimeout(`${state.url()}${paths.download}?kind=${kind}`));
  return 'answer' in outcome && take(state, client, outcome.answer, null);
}

/** A request that cannot be repeated: only its answer names the gift. */
async function askOnce(state: ClientState, work: () => Promise<Response>) {
  const number = ++state.requests;
  state.history.note({ action: 'asks', number });
  const outcome = await attempt(state, work);
  if ('answer' in outcome) state.history.note({ action: 'answered', number });
  return outcome;
}

/** Receives the gift in a response. Returns false if there is none. */
async function take(state: ClientState, client: LabClient, answer: Response, ticket: string | null): Promise<boolean> {
  const url = answer.headers.get('content-location');
  if (answer.status === 200 && url) {
    if (ticket !== null) state.tickets.delete(ticket);
    await receiveDelivery(state, client, { url, ticket }, answer);
    return true;
  }
  await answer.arrayBuffer().catch(() => undefined);
  if (answer.status >= 500 && ![503, 507].includes(answer.status))
    state.complaints.push(`${answer.url} was answered ${answer.status}`);
  return false;
}

/** Draws with an unused ticket and receives the gift. */
export async function draw(state: ClientState, client: LabClient): Promise<void> {
  const claimed = await claim(state);
  if (claimed) await receiveDelivery(state, client, claimed);
}

async function giveThenDraw(state: ClientState, client: LabClient): Promise<void> {
  const ticket = await give(state, client);
  const claimed = ticket !== undefined && (await claim(state, ticket));
  if (claimed) await receiveDelivery(state, client, claimed);
}

/**
 * Draws with an unused ticket and removes it from `state.tickets`. If there is no gift yet, the ticket goes back.
 */
export async function claim(
  state: ClientState,
  ticket: string | undefined = [...state.tickets][0],
): Promise<{ readonly url: string; readonly ticket: string } | undefined> {
  if (ticket === undefined || !state.tickets.delete(ticket)) return undefined;
  const outcome = await attemptUntilAnswered(state, () => apiClient(state).draw(ticket));
  if ('answer' in outcome && outcome.answer) return { url: outcome.answer.url, ticket };
  const isOver = 'code' in outcome && isRefusal(outcome.code);
  if (!isOver) state.tickets.add(ticket);
  return undefined;
}

/** Withdraws a gift. */
export async function withdraw(state: ClientState, { random }: LabClient): Promise<void> {
  const [ticket] = state.tickets;
  if (ticket === undefined || random.chance(0.5)) return;
  state.tickets.delete(ticket);
  state.history.note({ action: 'withdraws', ticket });
  const outcome = await attemptUntilAnswered(state, () => apiClient(state).withdraw(ticket));
  if ('answer' in outcome) return state.history.note({ action: 'withdrawn', ticket });
  state.tickets.add(ticket);
  if (['gift-drawn', 'draw-made'].includes(outcome.code)) state.history.note({ action: 'stays', ticket });
}

/** All actions; the common ones are listed twice. */
export const allActions: readonly Action[] = [
  giveThenDraw,
  giveThenDraw,
  exchangeInOneRequest,
  exchangeInOneRequest,
  give,
  upload,
  draw,
  draw,
  drawFree,
  drawFree,
  withdraw,
];
