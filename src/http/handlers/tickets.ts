import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { findTicket, withdraw } from '../../exchange/withdraw.ts';
import type { HttpContext } from '../context.ts';
import { ticketAnswer } from '../response/serializers.ts';

export type TicketParams = FastifyRequest<{ Params: { ticket: string } }>;

/** `GET /api/tickets/{ticket}` */
export async function getTicket(door: HttpContext, request: TicketParams): Promise<TicketStatus> {
  return ticketAnswer(await findTicket(door.exchange, request.params.ticket));
}

/** `DELETE /api/tickets/{ticket}` */
export async function deleteTicket(
  door: HttpContext,
  request: TicketParams,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await withdraw(door.exchange, request.params.ticket);
  return reply.code(204).send();
}
