import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DrawAnswer } from '../contract/schemas.ts';
import { findDelivery } from '../exchange/deliver.ts';
import { received } from '../exchange/receive.ts';
import { variesByAccept, wantsJson } from './accept.ts';
import { deliveryAnswer } from './answers.ts';
import { refuseUnmeant } from './guard.ts';
import { giftHeaders } from './headers.ts';
import type { Door } from './settings.ts';
import { sendStarted, startSending } from './start.ts';

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
