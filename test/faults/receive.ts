/**
 * Receives pending deliveries, with resumption after broken connections. Some clients break the connection themselves.
 */

import { apiClient, attemptUntilAnswered, type ClientState, type LabClient } from './client-state.ts';
import { giftIdOf } from './test-content.ts';

interface PendingDelivery {
  readonly url: string;
  readonly ticket: string | null;
}

/** Fetches a delivery to its end. If it is over before that, its ticket becomes unused again. */
export async function receiveDelivery(
  state: ClientState,
  client: LabClient,
  pending: PendingDelivery,
  first?: Response,
): Promise<void> {
  const { url, ticket } = pending;
  const since = Date.now();
  state.pendingDeliveries.set(url, ticket);
  const bytes = await fetchAll(state, client, pending, first);
  if (!bytes) {
    if (ticket !== null) state.tickets.add(ticket);
    return;
  }
  state.pendingDeliveries.delete(url);
  state.history.note({ action: 'arrived', since, id: giftIdOf(bytes) ?? null, url, ticket });
  // Acknowledging is optional: the service also sees for itself that a delivery is complete.
  if (client.random.chance(0.3)) return;
  const outcome = await attemptUntilAnswered(state, () => apiClient(state).received(pending));
  if ('answer' in outcome) state.history.note({ action: 'received', url });
}

/** Returns all bytes, in as many responses as it takes, or undefined if the delivery is over. */
async function fetchAll(
  state: ClientState,
  { random }: LabClient,
  pending: PendingDelivery,
  first: Response | undefined,
): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let answer = first;
  let lateTries = 0;
  let cutAt = random.chance(0.2) ? random.below(state.maxGiftSize) : Number.POSITIVE_INFINITY;
  for (;;) {
    if (!answer) {
      const from = parts.reduce((sum, { length }) => sum + length, 0);
      const outcome = await attemptUntilAnswered(state, () => apiClient(state).fetchDelivery(pending, { from }));
      if ('code' in outcome) return undefined;
      answer = outcome.answer;
    }
    if (await readInto(parts, answer, cutAt)) return Buffer.concat(parts);
    // The service runs until the clients have stopped, so a last retry succeeds.
    if (state.isOver && ++lateTries > 3) return undefined;
    answer = undefined;
    cutAt = Number.POSITIVE_INFINITY;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Reads up to `cutAt` bytes. Returns whether the response came whole. */
async function readInto(parts: Buffer[], answer: Response, cutAt: number): Promise<boolean> {
  const expected = Number(answer.headers.get('content-length'));
  let came = 0;
  try {
    for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
      const part = Buffer.from(chunk).subarray(0, Math.max(0, cutAt - came));
      parts.push(part);
      came += part.length;
      if (came >= cutAt && came < expected) return false;
    }
  } catch {
    return false;
  }
  return came === expected;
}
