import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DrawAnswer } from '../../contract/api/schemas.ts';
import { acknowledge } from '../../exchange/complete.ts';
import { findReadableDelivery } from '../../exchange/deliver.ts';
import type { HttpContext } from '../context.ts';
import { refusePrefetch } from '../limits/prefetch-guard.ts';
import { variesByAccept, wantsJson } from '../request/content-negotiation.ts';
import { beginDelivery, sendDelivery } from '../response/begin-delivery.ts';
import { giftHeaders } from '../response/headers.ts';
import { deliveryAnswer } from '../response/serializers.ts';

type SecretParams = FastifyRequest<{ Params: { secret: string } }>;

/** `GET /api/deliveries/{secret}` */
export async function getDelivery(
  door: HttpContext,
  request: SecretParams,
  reply: FastifyReply,
): Promise<DrawAnswer | FastifyReply> {
  variesByAccept(reply);
  refusePrefetch(request);
  const { secret } = request.params;
  const delivery = await findReadableDelivery(door.exchange, secret);
  if (wantsJson(request)) return { delivery: deliveryAnswer({ secret, delivery }) };
  return sendDelivery(door, request, reply, delivery, await beginDelivery(door, request, delivery));
}

/** `HEAD /api/deliveries/{secret}` */
export async function headDelivery(
  door: HttpContext,
  request: SecretParams,
  reply: FastifyReply,
): Promise<FastifyReply> {
  variesByAccept(reply);
  const { gift } = await findReadableDelivery(door.exchange, request.params.secret);
  return reply.headers(giftHeaders(gift)).header('content-length', String(gift.size)).send();
}

/** `POST /api/deliveries/{secret}/received` */
export async function postReceived(
  door: HttpContext,
  request: SecretParams,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await acknowledge(door.exchange, request.params.secret);
  return reply.code(204).send();
}
