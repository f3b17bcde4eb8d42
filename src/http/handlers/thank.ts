import type { FastifyReply } from 'fastify';
import { ThanksBody } from '../../contract/api/schemas.ts';
import { thank } from '../../exchange/thank.ts';
import type { HttpContext, HttpRequest } from '../context.ts';
import { readBody } from '../request/json-body.ts';

/** `POST /api/deliveries/{secret}/thanks` */
export async function postThanks(
  { exchange, limits, settings }: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  limits.replies.take(request);
  const { emoji } = await readBody(request, settings, ThanksBody, 'thanks-unknown');
  await thank(exchange, request.params.secret, emoji);
  return reply.code(204).send();
}
