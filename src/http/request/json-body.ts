/** JSON bodies, for the few endpoints that take them. Elsewhere a JSON file is a gift like any other. */
import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { ProblemCode } from '../../contract/problems/codes.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { HttpSettings } from '../context.ts';
import { enforceMinimumSpeed } from './minimum-speed.ts';
import { wholeBody } from './upload-body.ts';

/** The most that a body may have, in bytes. */
const maxBodySize = 8 * 1024;

/** Reads a small JSON body of this schema. Throws `code` for any other; `bad-request`, `too-large`, `too-slow`. */
export async function readBody<Schema extends TSchema>(
  request: FastifyRequest,
  settings: HttpSettings,
  schema: Schema,
  code: ProblemCode,
): Promise<Static<Schema>> {
  const body = await readJson(request, settings);
  // Loaded on first use: the validator takes memory, and few processes need it.
  const { Value } = await import('typebox/value');
  if (!Value.Check(schema, body)) throw new Problem(code);
  return body as Static<Schema>;
}

async function readJson(request: FastifyRequest, settings: HttpSettings): Promise<unknown> {
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

/** A text as it can be stored: PostgreSQL stores neither NUL nor lone surrogates. */
export const plainText = (text: string): string => text.toWellFormed().replaceAll('\0', '').trim();
