/** Offloaded deliveries: S3 sends the bytes after a redirect, or nginx after `X-Accel-Redirect`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OffloadTarget } from '../../exchange/offload.ts';
import type { HttpContext } from '../context.ts';
import { giftHeaders } from './headers.ts';

/** True if the bytes of this response may be offloaded. Otherwise this process streams them. */
export function canOffload(
  { settings, isTrustedProxy }: Pick<HttpContext, 'settings' | 'isTrustedProxy'>,
  { headers, socket }: FastifyRequest,
): boolean {
  switch (settings.DELIVERY) {
    case 'proxy':
      return false;
    case 'redirect':
      return !isScript(headers);
    case 'x-accel':
      // A client that bypasses nginx would get an empty file, so nginx announces itself (as to Rack::Sendfile). A client that
      // pretends to be nginx could end deliveries without fetching a byte.
      return headers['x-sendfile-type'] === 'X-Accel-Redirect' && isTrustedProxy(socket.remoteAddress ?? '');
  }
}

/**
 * True if a script may have sent the request, since it cannot follow a redirect to S3 (our policy, and no CORS headers
 * there). A browser without Fetch Metadata counts as a script.
 */
function isScript(headers: FastifyRequest['headers']): boolean {
  const destination = headers['sec-fetch-dest'];
  if (destination !== undefined) return destination === 'empty';
  return /^Mozilla\//.test(headers['user-agent'] ?? '');
}

/** The headers that S3 or nginx must send with a gift: the same as ours. */
export function offloadHeaders(gift: Parameters<typeof giftHeaders>[0]) {
  const headers = giftHeaders(gift);
  return {
    type: headers['content-type'],
    disposition: headers['content-disposition'],
    cacheControl: headers['cache-control'],
  };
}

/** Answers with the location of the bytes, and with more headers if given. */
export function sendOffloaded(
  request: FastifyRequest,
  reply: FastifyReply,
  gift: Parameters<typeof giftHeaders>[0],
  target: OffloadTarget,
  more: Readonly<Record<string, string>> = {},
): FastifyReply {
  reply.headers(more);
  if ('accel' in target) {
    // nginx answers ranges, and sends this header itself.
    const { 'accept-ranges': _, ...headers } = giftHeaders(gift);
    return reply.headers(headers).header('x-accel-redirect', target.accel).send();
  }
  // 303 turns a POST into a GET; 307 keeps the method.
  return reply.redirect(target.location, request.method === 'POST' ? 303 : 307);
}
