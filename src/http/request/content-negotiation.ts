import type { FastifyReply, FastifyRequest } from 'fastify';

/** True if a client asks for JSON by name. A wildcard gets the file. */
export function wantsJson(request: FastifyRequest): boolean {
  return /\bapplication\/json\b/i.test(request.headers.accept ?? '');
}

/** True for a browser that opens an address, in place of a script that asks. */
export const isForReader = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && /\btext\/html\b/.test(headers.accept ?? '');

/** Marks a response that depends on `Accept` for caches (RFC 9110, section 12.5.5). */
export function variesByAccept(reply: FastifyReply): void {
  const varies = reply.getHeader('vary');
  reply.header('vary', varies === undefined ? 'Accept' : `${varies}, Accept`);
}
