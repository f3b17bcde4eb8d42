import type { FastifyReply } from 'fastify';
import { AppealBody, LifeBody, type TicketStatus } from '../../contract/api/schemas.ts';
import { appealRemoval } from '../../exchange/desk/appeal.ts';
import { shortenLife } from '../../exchange/ends.ts';
import { lookUpTicket, withdraw } from '../../exchange/withdraw.ts';
import type { HttpContext, HttpRequest } from '../context.ts';
import { ticketInPath } from '../request/credentials.ts';
import { plainText, readBody } from '../request/json-body.ts';
import { parseEnd } from '../request/life.ts';
import { ticketAnswer } from '../response/serializers.ts';

/** `GET /api/tickets/{ticket}` */
export async function getTicket({ exchange }: HttpContext, request: HttpRequest): Promise<TicketStatus> {
  return ticketAnswer(await lookUpTicket(exchange, ticketInPath(request)), exchange);
}

/** `PATCH /api/tickets/{ticket}` */
export async function patchTicket({ exchange, settings }: HttpContext, request: HttpRequest): Promise<TicketStatus> {
  const ticket = ticketInPath(request);
  const { expires } = await readBody(request, settings, LifeBody, 'life-broken');
  return ticketAnswer(await shortenLife(exchange, ticket, parseEnd(expires, exchange.now())), exchange);
}

/** `POST /api/tickets/{ticket}/appeal` */
export async function postAppeal(context: HttpContext, request: HttpRequest): Promise<TicketStatus> {
  const { exchange, limits, settings } = context;
  limits.replies.take(request);
  const ticket = ticketInPath(request);
  const { text } = await readBody(request, settings, AppealBody, 'bad-request');
  await appealRemoval(exchange, ticket, plainText(text));
  return ticketAnswer(await lookUpTicket(exchange, ticket), exchange);
}

/** `DELETE /api/tickets/{ticket}` */
export async function deleteTicket(
  { exchange }: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await withdraw(exchange, ticketInPath(request));
  return reply.code(204).send();
}
