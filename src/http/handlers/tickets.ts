import type { FastifyReply } from 'fastify';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { lookUpTicket, withdraw } from '../../exchange/withdraw.ts';
import type { HttpContext, HttpRequest } from '../context.ts';
import { ticketInPath } from '../request/credentials.ts';
import { ticketAnswer } from '../response/serializers.ts';

/** `GET /api/tickets/{ticket}` */
export async function getTicket({ exchange }: HttpContext, request: HttpRequest): Promise<TicketStatus> {
  return ticketAnswer(await lookUpTicket(exchange, ticketInPath(request)));
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
