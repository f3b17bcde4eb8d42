/** What a receiver says back: thanks to the giver, or a report to the operator. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { ReportBody, ThanksBody } from '../../contract/api/schemas.ts';
import type { ProblemCode } from '../../contract/problems/codes.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { report } from '../../exchange/report.ts';
import { thank } from '../../exchange/thank.ts';
import type { HttpContext } from '../context.ts';
import type { RateLimits } from '../limits/rate-limit.ts';
import { readJson } from '../request/json-body.ts';

type BySecret = FastifyRequest<{ Params: { secret: string } }>;

/** `POST /api/deliveries/{secret}/thanks` */
export async function postThanks(
  { exchange, settings }: HttpContext,
  limits: RateLimits,
  request: BySecret,
  reply: FastifyReply,
): Promise<FastifyReply> {
  limits.replies.take(request);
  const { emoji } = await checked(ThanksBody, await readJson(request, settings), 'thanks-unknown');
  await thank(exchange, request.params.secret, emoji);
  return reply.code(204).send();
}

/** `POST /api/deliveries/{secret}/report` */
export async function postReport(
  { exchange, settings, logger }: HttpContext,
  limits: RateLimits,
  request: BySecret,
  reply: FastifyReply,
): Promise<FastifyReply> {
  limits.replies.take(request);
  const body = await checked(ReportBody, await readJson(request, settings), 'report-broken');
  const complaint = { reason: body.reason, note: plainNote(body.note ?? '') };
  const { reportId, gift } = await report(exchange, request.params.secret, complaint);
  // For the operator; never the secret, which opens the delivery, nor the note, which may hold anything.
  const { key, sha256, state } = gift;
  logger.warn({ report: reportId, key, sha256, reason: body.reason, state }, 'gift reported');
  return reply.code(204).send();
}

/** A body as the contract has it, or else the problem that says how it should be. Few come: what checks them takes memory once one has. */
async function checked<Schema extends TSchema>(
  schema: Schema,
  body: unknown,
  code: ProblemCode,
): Promise<Static<Schema>> {
  const { Value } = await import('typebox/value');
  if (!Value.Check(schema, body)) throw new Problem(code);
  return body as Static<Schema>;
}

/** Not every database keeps a NUL or half a character. */
function plainNote(note: string): string | null {
  return note.toWellFormed().replaceAll('\0', '').trim() || null;
}
