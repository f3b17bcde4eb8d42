import type { FastifyReply, FastifyRequest } from 'fastify';
import { startTransfer, type Transfer } from '../../exchange/deliver.ts';
import { type OffloadTarget, offload } from '../../exchange/offload.ts';
import type { HttpContext } from '../context.ts';
import { canOffload, offloadHeaders, sendOffloaded } from './offload.ts';
import { requestedSpan, sendTransfer } from './stream-file.ts';

/** What a request asks for is sound as far as can be told, and on its way: from us, or from somebody else. */
export type BegunDelivery = { readonly transfer: Transfer } | { readonly elsewhere: OffloadTarget };

/** Begins to answer with the part of a delivery that a request asks for; nothing has been said yet. Throws `gift-damaged`. */
export async function beginDelivery(
  { exchange, settings }: HttpContext,
  request: FastifyRequest,
  delivery: Transfer['delivery'],
): Promise<BegunDelivery> {
  const span = requestedSpan(request, delivery);
  const { offloader: to } = exchange;
  if (to?.takes(delivery.gift.size) && canOffload(settings, request))
    return {
      elsewhere: await offload(exchange, to, delivery, span, offloadHeaders(delivery.gift)),
    };
  return { transfer: await startTransfer(exchange, delivery, span) };
}

/** Answers with what was begun; `more` is said besides. */
export async function sendDelivery(
  door: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { gift }: Transfer['delivery'],
  started: BegunDelivery,
  more: Readonly<Record<string, string>> = {},
): Promise<FastifyReply> {
  if ('elsewhere' in started) return sendOffloaded(request, reply, gift, started.elsewhere, more);
  await sendTransfer(door, request, reply, started.transfer, more);
  return reply;
}
