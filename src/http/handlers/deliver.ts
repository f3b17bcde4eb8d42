import type { FastifyReply } from 'fastify';
import type { DrawAnswer } from '../../contract/api/schemas.ts';
import { acknowledge } from '../../exchange/complete.ts';
import { findReadableDelivery } from '../../exchange/deliver.ts';
import type { HttpContext, HttpRequest } from '../context.ts';
import { refusePrefetch } from '../limits/prefetch-guard.ts';
import { variesByAccept, wantsJson } from '../request/content-negotiation.ts';
import { beginDelivery, sendDelivery } from '../response/begin-delivery.ts';
import { giftHeaders } from '../response/headers.ts';
import { deliveryAnswer } from '../response/serializers.ts';

/** `GET /api/deliveries/{secret}` */
export async function getDelivery(
  context: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<DrawAnswer | FastifyReply> {
  variesByAccept(reply);
  refusePrefetch(request);
  const { secret } = request.params;
  const delivery = await findReadableDelivery(context.exchange, secret);
  if (wantsJson(request)) return { delivery: deliveryAnswer({ secret, delivery }, context.settings.BASE_URL.path) };
  context.concurrency.enter(request, reply, 'transfers');
  context.concurrency.enterDelivery(reply, secret);
  const begun = await beginDelivery(context, request, reply, delivery);
  return sendDelivery(context, request, reply, delivery, begun);
}

/** `HEAD /api/deliveries/{secret}` */
export async function headDelivery(
  { exchange }: HttpContext,
  { params }: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  variesByAccept(reply);
  const { gift } = await findReadableDelivery(exchange, params.secret);
  return reply.headers(giftHeaders(gift)).header('content-length', String(gift.size)).send();
}

/** `POST /api/deliveries/{secret}/received` */
export async function postReceived(
  { exchange }: HttpContext,
  { params }: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await acknowledge(exchange, params.secret);
  return reply.code(204).send();
}
