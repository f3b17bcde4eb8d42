import type { FastifyReply, FastifyRequest } from 'fastify';
import { startTransfer, type Transfer } from '../../exchange/deliver.ts';
import { type Elsewhere, handOver } from '../../exchange/offload.ts';
import type { Door } from '../context.ts';
import { mayHandOver, sendElsewhere, sentAs } from './offload.ts';
import { askedSpan, sendTransfer } from './stream-file.ts';

/** What a request asks for is sound as far as can be told, and on its way: from us, or from somebody else. */
export type Started = { readonly transfer: Transfer } | { readonly elsewhere: Elsewhere };

/** Begins to answer with the part of a delivery that a request asks for; nothing has been said yet. Throws `gift-damaged`. */
export async function startSending(
  { context, settings }: Door,
  request: FastifyRequest,
  delivery: Transfer['delivery'],
): Promise<Started> {
  const span = askedSpan(request, delivery);
  const { handOver: to } = context;
  if (to?.takes(delivery.gift.size) && mayHandOver(settings, request))
    return { elsewhere: await handOver(context, to, delivery, span, sentAs(delivery.gift)) };
  return { transfer: await startTransfer(context, delivery, span) };
}

/** Answers with what was begun; `more` is said besides. */
export async function sendStarted(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { gift }: Transfer['delivery'],
  started: Started,
  more: Readonly<Record<string, string>> = {},
): Promise<FastifyReply> {
  if ('elsewhere' in started) return sendElsewhere(request, reply, gift, started.elsewhere, more);
  await sendTransfer(door, request, reply, started.transfer, more);
  return reply;
}
