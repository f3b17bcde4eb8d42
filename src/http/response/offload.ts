/** A gift whose bytes somebody else sends: S3 by a redirect, or the nginx that stands before us. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OffloadTarget } from '../../exchange/offload.ts';
import type { HttpSettings } from '../context.ts';
import { giftHeaders } from './headers.ts';

/** Whether somebody else may send the bytes of this answer; otherwise they go through us, as ever. */
export function canOffload({ DELIVERY }: HttpSettings, { headers }: FastifyRequest): boolean {
  switch (DELIVERY) {
    case 'proxy':
      return false;
    case 'redirect':
      return !isScript(headers);
    case 'x-accel':
      // Whoever comes past nginx would get an empty file: it says that it is there, as it does to others (Rack::Sendfile).
      return headers['x-sendfile-type'] === 'X-Accel-Redirect';
  }
}

/**
 * A page's script may not follow to another origin: ours for its own policy, others because S3 says nothing of CORS. A
 * browser that does not say where its fetch goes (plain HTTP, or an old one) may be running one.
 */
function isScript(headers: FastifyRequest['headers']): boolean {
  const destination = headers['sec-fetch-dest'];
  if (destination !== undefined) return destination === 'empty';
  return /^Mozilla\//.test(headers['user-agent'] ?? '');
}

/** How a gift is sent by somebody else: as we would. */
export function offloadHeaders(gift: Parameters<typeof giftHeaders>[0]) {
  const headers = giftHeaders(gift);
  return {
    type: headers['content-type'],
    disposition: headers['content-disposition'],
    cacheControl: headers['cache-control'],
  };
}

/** Answers with where the bytes are; `more` is said besides. */
export function sendOffloaded(
  request: FastifyRequest,
  reply: FastifyReply,
  gift: Parameters<typeof giftHeaders>[0],
  elsewhere: OffloadTarget,
  more: Readonly<Record<string, string>> = {},
): FastifyReply {
  reply.headers(more);
  if ('accel' in elsewhere) {
    // Ranges are nginx's, and it says so itself.
    const { 'accept-ranges': _, ...headers } = giftHeaders(gift);
    return reply.headers(headers).header('x-accel-redirect', elsewhere.accel).send();
  }
  // 303 makes a GET of what was a POST.
  return reply.redirect(elsewhere.location, request.method === 'POST' ? 303 : 307);
}
