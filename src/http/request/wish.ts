/** The kinds that a request asks for. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';
import { type FileKind, fileKinds } from '../../contract/vocabulary.ts';
import type { Wish } from '../../exchange/ports.ts';

/**
 * The wish in `?kind=image,audio`, `?kind=any` or `?match=kind`; `kind` may be repeated. Null means any, undefined that the request
 * names none. Throws `kind-unknown`.
 */
export function wishFrom({ query }: Pick<FastifyRequest, 'query'>): Wish | undefined {
  const { kind, match } = query as { readonly kind?: unknown; readonly match?: unknown };
  if (match !== undefined) {
    if (match !== 'kind' || kind !== undefined) throw new Problem('kind-unknown');
    return 'like-given';
  }
  if (kind === undefined) return undefined;
  const named = new Set([kind].flat().flatMap((text) => String(text).toLowerCase().split(',')));
  if (named.size === 1 && named.has('any')) return null;
  const kinds = fileKinds.filter((one) => named.has(one));
  if (kinds.length < named.size) throw new Problem('kind-unknown');
  return kinds.length === fileKinds.length ? null : kinds;
}

/** The kinds that a request without a ticket asks for; null for any. Throws `kind-unknown`. */
export function kindsFrom(request: Pick<FastifyRequest, 'query'>): readonly FileKind[] | null {
  const wish = wishFrom(request) ?? null;
  if (wish === 'like-given') throw new Problem('kind-unknown');
  return wish;
}
