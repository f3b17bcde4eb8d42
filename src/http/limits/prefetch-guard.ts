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
  if (!meantDestinations.has(header('sec-fetch-dest')) || crossSiteBlind) {
    throw new Problem('embed-refused');
  }
}

/**
 * A `bad-request` for ambiguous requests that the parser accepts: several hosts (RFC 9112, section 3.2), or a line without a
 * version (HTTP/0.9).
 */
export function ambiguousRequest({ raw }: FastifyRequest): Problem | undefined {
  let hosts = 0;
  for (const [at, name] of raw.rawHeaders.entries())
    if (at % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  return hosts > 1 || raw.httpVersionMajor < 1 ? new Problem('bad-request') : undefined;
}
