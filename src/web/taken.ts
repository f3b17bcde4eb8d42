/** Takes a file without giving one: an address that answers with the file itself, so what it is stands in the headers. */
import { headers, paths } from '../contract/paths.ts';
import { problemFrom } from '../contract/problems.ts';
import type { Parcel } from './exchange.ts';

export interface Taken {
  readonly parcel: Parcel;
  /** The answer, whose bytes have not been read yet. */
  readonly first: Response;
}

/** Throws the service's `Problem`, for instance `pool-empty`. */
export async function take(
  giver: string | undefined,
  signal: AbortSignal,
  request: typeof fetch = (...args) => fetch(...args),
): Promise<Taken> {
  const first = await request(paths.download, {
    headers: giver ? { [headers.giver]: giver } : {},
    signal,
  });
  if (!first.ok) throw problemFrom(await first.json().catch(() => undefined));
  return { parcel: parcelOf(first.headers), first };
}

function parcelOf(answer: Headers): Parcel {
  const sha256 = /^"([0-9a-f]{64})"$/.exec(answer.get('etag') ?? '')?.[1];
  return {
    url: answer.get('content-location') ?? '',
    name: nameOf(answer.get('content-disposition') ?? ''),
    size: Number(answer.get('content-length')),
    ...(sha256 ? { sha256 } : {}),
  };
}

/** The name in a Content-Disposition header: RFC 8187's form first, then RFC 6266's plain ones. */
function nameOf(disposition: string): string {
  const encoded = /filename\*=utf-8''([^;\s]+)/i.exec(disposition)?.[1];
  if (encoded) return decodeURIComponent(encoded);
  const [, quoted, plain] = /filename=(?:"((?:\\.|[^"\\])*)"|([^;\s]+))/i.exec(disposition) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? plain ?? 'file';
}
