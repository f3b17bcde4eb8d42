/** A GET that takes something must be meant by somebody (R22): no prefetch, no image, script or frame of another page. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../contract/problems.ts';

/** Where a fetch goes when a person asked for it: a navigation, a download, or a script's own fetch. Absent in curl. */
const meantDestinations = new Set(['', 'document', 'empty']);

/** Throws `prefetch-refused` or `embed-refused`. The headers are those of Fetch Metadata and of the browsers' prefetch. */
export function refuseUnmeant(request: FastifyRequest): void {
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
