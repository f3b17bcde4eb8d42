import type { FastifyReply } from 'fastify';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { lookUpTicket, withdraw } from '../../exchange/withdraw.ts';
import type { HttpContext, HttpRequest } from '../context.ts';
import { ticketAnswer } from '../response/serializers.ts';

/** `GET /api/tickets/{ticket}` */
export async function getTicket({ exchange }: HttpContext, { params }: HttpRequest): Promise<TicketStatus> {
  return ticketAnswer(await lookUpTicket(exchange, params.ticket));
}

/** `DELETE /api/tickets/{ticket}` */
export async function deleteTicket(
  { exchange }: HttpContext,
  { params }: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await withdraw(exchange, params.ticket);
  return reply.code(204).send();
}
