/** Limits on what a page of another origin can make its visitors do. The API itself is open to all (CORS). */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';
import type { HttpContext } from '../context.ts';

/**
 * Refuses a change by a link or form of another site, and counts one by a script that can read the answer. Throws
 * `embed-refused`, `too-many-requests`.
 */
export function guardOrigin(
  { limits, settings }: Pick<HttpContext, 'limits' | 'settings'>,
  request: FastifyRequest,
): void {
  const { origin } = request.headers;
  if (origin !== undefined && origin === settings.BASE_URL.origin) return;
  if (!isForeign(request)) return;
  if (isBlind(request)) throw new Problem('embed-refused');
  if (foreignPage({ settings }, request) !== undefined) limits.origins.take(request);
}

/** The foreign page that sent a request, unless the operator named it; undefined for none. */
export function foreignPage({ settings }: Pick<HttpContext, 'settings'>, request: FastifyRequest): string | undefined {
  const { origin } = request.headers;
  if (origin === undefined || origin === settings.BASE_URL.origin || !isForeign(request)) return undefined;
  return settings.CORS_ORIGINS.includes(origin) ? undefined : origin;
}

/** True if a page of another origin sent the request. Clients that are no browsers send none of these headers. */
function isForeign({ headers, host }: FastifyRequest): boolean {
  // Sent to secure origins only (Fetch Metadata).
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
}

/** True if the page cannot read the answer: a navigation, also by a form, or a request without CORS. */
function isBlind({ headers }: FastifyRequest): boolean {
  const mode = headers['sec-fetch-mode'];
  return mode === undefined ? /\btext\/html\b/.test(headers.accept ?? '') : mode !== 'cors';
}
