import type { FastifyReply, FastifyRequest } from 'fastify';

/** Only who asks for JSON by name gets it; who takes anything gets the file. */
export function wantsJson(request: FastifyRequest): boolean {
  return /\bapplication\/json\b/i.test(request.headers.accept ?? '');
}

/** Tells caches that the answer depends on what was asked for (RFC 9110, section 12.5.5). */
export function variesByAccept(reply: FastifyReply): void {
  const varies = reply.getHeader('vary');
  reply.header('vary', varies === undefined ? 'Accept' : `${varies}, Accept`);
}
