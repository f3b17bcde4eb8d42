/** Requests a free draw: `GET /download` answers with the file itself. */

import { headers, paths } from '../../contract/api/paths.ts';
import type { Client } from '../../contract/client.ts';
import { problemFrom } from '../../contract/problems/problem.ts';
import type { Parcel } from '../state/exchange.ts';

interface FreeDrawResult {
  readonly parcel: Parcel;
  /** The response with its body unread. */
  readonly response: Response;
}

/** Throws the service's `Problem`, for instance `pool-empty`. */
export async function requestFreeDraw(
  client: Pick<Client, 'facts'>,
  giver: string | undefined,
  signal: AbortSignal,
  request: typeof fetch = (...args) => fetch(...args),
): Promise<FreeDrawResult> {
  const response = await request(paths.download, {
    headers: giver ? { [headers.giver]: giver } : {},
    signal,
  });
  if (!response.ok) throw problemFrom(await response.json().catch(() => undefined));
  const url = response.headers.get('content-location') ?? '';
  // The file is drawn already: without its facts, receive it under a plain name.
  const parcel = await client.facts({ url }, { signal }).catch(() => ({
    url,
    name: 'file',
    size: Number(response.headers.get('content-length')),
  }));
  return { parcel, response };
}
