/** Refuses requests without a person's intent (R12, R22): prefetches, and parts of another page. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';

/** The `Sec-Fetch-Dest` of a navigation, a download or a script's fetch. Absent in curl. */
const meantDestinations = new Set(['', 'document', 'empty']);

/** Throws `prefetch-refused` or `embed-refused`. The headers are those of Fetch Metadata and of the browsers' prefetch. */
export function refusePrefetch(request: FastifyRequest): void {
  const header = (name: string) => String(request.headers[name] ?? '').toLowerCase();
  const purposes = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose'].map(header);
  if (purposes.some((purpose) => /prefetch|prerender|preview/.test(purpose))) {
    throw new Problem('prefetch-refused');
  }
  const crossSiteBlind = header('sec-fetch-site') === 'cross-site' && header('sec-fetch-mode') === 'no-cors';
  if (!meantDestinations.has(header('sec-fetch-dest')) || crossSiteBlind) throw new Problem('embed-refused');
}

/**
 * Refuses what the parser accepts: no host or several (RFC 9112, section 3.2), HTTP/0.9, a GET with a body (RFC 9110, section
 * 9.3.1), unknown expectations.
 */
export function ambiguousRequest({ raw }: FastifyRequest): Problem | undefined {
  const { headers, method, rawHeaders } = raw;
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  const needsHost = raw.httpVersionMajor > 1 || raw.httpVersionMinor > 0;
  if (hosts > 1 || (hosts === 0 && needsHost) || raw.httpVersionMajor < 1) return new Problem('bad-request');
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (hasBody && (method === 'GET' || method === 'HEAD'))
    return new Problem('bad-request', { detail: 'A GET takes no body.' });
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    return new Problem('expectation-failed');
  return undefined;
}
