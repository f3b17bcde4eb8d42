/** Requests a free draw, which answers with the file itself. */

import type { Client } from '../../contract/client.ts';
import type { Parcel } from '../state/exchange.ts';

interface FreeDrawResult {
  readonly parcel: Parcel;
  /** The response with its body unread. */
  readonly response: Response;
}

/** Throws the service's `Problem`, for instance `pool-empty`. */
export async function requestFreeDraw(
  client: Pick<Client, 'drawFree' | 'facts'>,
  giver: string | undefined,
  signal: AbortSignal,
): Promise<FreeDrawResult> {
  const { url, response } = await client.drawFree({ giver, signal });
  // The file is drawn already: without its facts, receive it under a plain name.
  const parcel = await client.facts({ url }, { signal }).catch(() => ({
    url,
    name: 'file',
    size: Number(response.headers.get('content-length')),
  }));
  return { parcel, response };
}
