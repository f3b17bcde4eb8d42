import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DrawAnswer } from '../../contract/api/schemas.ts';
import { received } from '../../exchange/complete.ts';
import { findDelivery } from '../../exchange/deliver.ts';
import type { Door } from '../context.ts';
import { refuseUnmeant } from '../limits/prefetch-guard.ts';
import { variesByAccept, wantsJson } from '../request/content-negotiation.ts';
import { sendStarted, startSending } from '../response/begin-delivery.ts';
import { giftHeaders } from '../response/headers.ts';
import { deliveryAnswer } from '../response/serializers.ts';

type BySecret = FastifyRequest<{ Params: { secret: string } }>;

/** `GET /api/deliveries/{secret}` */
export async function getDelivery(
  door: Door,
  request: BySecret,
  reply: FastifyReply,
): Promise<DrawAnswer | FastifyReply> {
  variesByAccept(reply);
  refuseUnmeant(request);
  const { secret } = request.params;
  const delivery = await findDelivery(door.context, secret);
  if (wantsJson(request)) return { delivery: deliveryAnswer({ secret, delivery }) };
  return sendStarted(door, request, reply, delivery, await startSending(door, request, delivery));
}

/** `HEAD /api/deliveries/{secret}` */
export async function headDelivery(
  door: Door,
  request: BySecret,
  reply: FastifyReply,
): Promise<FastifyReply> {
  variesByAccept(reply);
  const { gift } = await findDelivery(door.context, request.params.secret);
  return reply.headers(giftHeaders(gift)).header('content-length', String(gift.size)).send();
}

/** `POST /api/deliveries/{secret}/received` */
export async function postReceived(
  door: Door,
  request: BySecret,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await received(door.context, request.params.secret);
  return reply.code(204).send();
}
