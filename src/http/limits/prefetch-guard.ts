/** Requests that nobody meant (R12, R22): a GET that takes something is no prefetch, nor a part of another page. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';

/** Where a fetch goes when a person asked for it: a navigation, a download, or a script's own fetch. Absent in curl. */
const meantDestinations = new Set(['', 'document', 'empty']);

/** Throws `prefetch-refused` or `embed-refused`. The headers are those of Fetch Metadata and of the browsers' prefetch. */
export function refusePrefetch(request: FastifyRequest): void {
  const header = (name: string) => String(request.headers[name] ?? '').toLowerCase();
  const purposes = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose'].map(header);
  if (purposes.some((purpose) => /prefetch|prerender|preview/.test(purpose))) {
    throw new Problem('prefetch-refused');
  }
  const crossSiteBlind =
    header('sec-fetch-site') === 'cross-site' && header('sec-fetch-mode') === 'no-cors';
  if (!meantDestinations.has(header('sec-fetch-dest')) || crossSiteBlind) {
    throw new Problem('embed-refused');
  }
}

/**
 * `bad-request` for what the parser lets pass although it could be read in two ways: more than one host (RFC 9112,
 * section 3.2), and a line without a version, whose sender would take our headers for the file.
 */
export function ambiguousRequest({ raw }: FastifyRequest): Problem | undefined {
  let hosts = 0;
  for (const [at, name] of raw.rawHeaders.entries())
    if (at % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  return hosts > 1 || raw.httpVersionMajor < 1 ? new Problem('bad-request') : undefined;
}
