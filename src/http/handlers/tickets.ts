import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TicketStatus } from '../../contract/api/schemas.ts';
import { findTicket, withdraw } from '../../exchange/withdraw.ts';
import type { Door } from '../context.ts';
import { ticketAnswer } from '../response/serializers.ts';

export type ByTicket = FastifyRequest<{ Params: { ticket: string } }>;

/** `GET /api/tickets/{ticket}` */
export async function getTicket(door: Door, request: ByTicket): Promise<TicketStatus> {
  return ticketAnswer(await findTicket(door.context, request.params.ticket));
}

/** `DELETE /api/tickets/{ticket}` */
export async function deleteTicket(
  door: Door,
  request: ByTicket,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await withdraw(door.context, request.params.ticket);
  return reply.code(204).send();
}
