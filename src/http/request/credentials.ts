/** The ticket and the giver of a request. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { currentTicket } from '../../contract/api/paths.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { HttpRequest } from '../context.ts';

/**
 * The ticket of a request, if any: as bearer, or in a header of its own where a proxy takes `Authorization` for itself (RFC 7617).
 */
export function ticketFrom({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const own = headers['exchange-ticket'];
  return typeof own === 'string' ? own : bearerFrom({ headers });
}

/** The secret that a request carries as bearer, if any. */
export const bearerFrom = ({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];

/** The ticket that a path names, or `current`: the ticket in the headers, which proxies do not log. Throws `ticket-missing`. */
export function ticketInPath(request: HttpRequest): string {
  if (request.params.ticket !== currentTicket) return request.params.ticket;
  const ticket = ticketFrom(request);
  if (ticket === undefined) throw new Problem('ticket-missing');
  return ticket;
}

/** The giver that a request names, if any. */
export function giverFrom({ headers }: FastifyRequest): string | undefined {
  const giver = headers['exchange-giver'];
  return typeof giver === 'string' ? giver : undefined;
}

/** True if a request carries this token as bearer. Digests have one length, and are compared in constant time. */
export const carriesToken = (request: FastifyRequest, token: string): boolean =>
  timingSafeEqual(digest(bearerFrom(request) ?? ''), digest(token));

const digest = (text: string) => createHash('sha256').update(text).digest();
