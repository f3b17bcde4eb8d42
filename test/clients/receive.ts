import type { Client } from '../../src/contract/client.ts';
import { retryUntilAnswered } from './retry.ts';

/** Fetches a delivery whole and acknowledges it. `anyClient` returns a client of any process. */
export async function receive(anyClient: () => Client, delivery: { readonly url: string }): Promise<Buffer> {
  const bytes = await retryUntilAnswered(async () => {
    const answer = await anyClient().fetchDelivery(delivery);
    return Buffer.from(await answer.arrayBuffer());
  });
  await retryUntilAnswered(() => anyClient().received(delivery));
  return bytes;
}
