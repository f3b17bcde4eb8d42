import type { FastifyReply, FastifyRequest } from 'fastify';
import { startTransfer, type Transfer } from '../../exchange/deliver.ts';
import { type OffloadTarget, offload } from '../../exchange/offload.ts';
import type { HttpContext } from '../context.ts';
import { canOffload, offloadHeaders, sendOffloaded } from './offload.ts';
import { logDamage, requestedSpan, sendTransfer } from './stream-file.ts';

/** A delivery that has begun: streamed by this process, or offloaded to nginx or S3. Nothing has been sent yet. */
export type BegunDelivery = { readonly transfer: Transfer } | { readonly target: OffloadTarget };

/** Begins to answer with the requested part of a delivery. Throws `gift-damaged`, `range-unsatisfiable`. */
export async function beginDelivery(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  delivery: Transfer['delivery'],
): Promise<BegunDelivery> {
  const span = requestedSpan(request, reply, delivery);
  const { exchange } = context;
  const { offloader } = exchange;
  try {
    if (!offloader?.canSend(delivery.gift.size) || !canOffload(context, request))
      return { transfer: await startTransfer(exchange, delivery, span) };
    const headers = offloadHeaders(delivery.gift);
    return { target: await offload(exchange, offloader, delivery, span, headers) };
  } catch (error) {
    logDamage(request, delivery, error);
    throw error;
  }
}

/** Sends a delivery that has begun, with more headers if given. */
export async function sendDelivery(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { gift }: Transfer['delivery'],
  begun: BegunDelivery,
  headers: Readonly<Record<string, string>> = {},
): Promise<FastifyReply> {
  if ('target' in begun) return sendOffloaded(request, reply, gift, begun.target, headers);
  await sendTransfer(context, request, reply, begun.transfer, headers);
  return reply;
}
