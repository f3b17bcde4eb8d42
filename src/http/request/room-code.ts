import type { FastifyRequest } from 'fastify';
import { headers as names } from '../../contract/api/paths.ts';

/**
 * The code that a request names, in a header or as `?room=`; undefined for the public pool. An empty one counts as named, so that no
 * file for a room is given to everyone.
 */
export function roomCodeFrom({ headers, query }: Pick<FastifyRequest, 'headers' | 'query'>): string | undefined {
  const named = headers[names.room.toLowerCase()] ?? (query as { readonly room?: unknown }).room;
  return named === undefined ? undefined : String(named);
}
