/** How JSON comes in, at the few addresses that take it; everywhere else a JSON file is a file like any other. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';
import type { HttpSettings } from '../context.ts';
import { enforceMinimumSpeed } from './minimum-speed.ts';
import { wholeBody } from './upload-body.ts';

/** The most that a body may have, in bytes. */
const maxBodySize = 8 * 1024;

/** Reads a small JSON body. Throws `bad-request`, `too-large`, `too-slow`. */
export async function readJson(request: FastifyRequest, settings: HttpSettings): Promise<unknown> {
  // A page of another origin must ask before it may send this type; a plain form cannot send it at all.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Problem('bad-request', { detail: 'Send JSON, as Content-Type: application/json.' });
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of enforceMinimumSpeed(wholeBody(request.raw), settings)) {
    size += chunk.length;
    if (size > maxBodySize) {
      throw new Problem('too-large', { detail: `The body has more than ${maxBodySize} bytes.` });
    }
    chunks.push(Buffer.from(chunk));
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new Problem('bad-request', { detail: 'The body is not JSON.', cause });
  }
}
