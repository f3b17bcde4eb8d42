/** Sample gifts and checks for tests of deliveries. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { fileOf, type TestApp } from './test-app.ts';

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Bytes of no known type, the same in every run. */
export const noise = (size: number) =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7919 + (i >> 8)) & 255));

export const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

/** Audits the ledger and expects no broken invariant. */
export async function auditOf(app: TestApp) {
  const found = await app.running.context.ledger.audit();
  expect(found.faults).toEqual([]);
  return found;
}

/** Draws a gift of another giver with a new ticket. */
export async function drawGift(app: TestApp, name: string, bytes: string | Uint8Array) {
  await app.upload(name, bytes);
  const { ticket } = await app.client.give(fileOf('mine.txt', `mine ${Math.random()}`));
  const delivery = await app.client.draw(ticket);
  if (!delivery) throw new Error('nothing drawn');
  return { ticket, delivery };
}
