import { create as disposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { headers } from '../../contract/api/paths.ts';
import type { ExchangeAnswer, UploadAnswer } from '../../contract/api/schemas.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { drawWithTicket } from '../../exchange/draw.ts';
import { type GiftOffer, type GivenFile, give } from '../../exchange/give.ts';
import { publicPool } from '../../exchange/ports.ts';
import type { HttpContext } from '../context.ts';
import type { RateLimits } from '../limits/rate-limit.ts';
import { wantsJson } from '../request/content-negotiation.ts';
import { parseFormUpload, parseUpload, type UploadSource } from '../request/upload-body.ts';
import { giftAnswer } from '../response/serializers.ts';
import { giverFrom, openDraw, sendDraw } from './draw.ts';

async function takeIn(
  door: HttpContext,
  limits: RateLimits,
  request: FastifyRequest,
  intake: Promise<UploadSource>,
  earns: Pick<GiftOffer, 'forTicket' | 'idempotencyKey'>,
): Promise<GivenFile> {
  const given = await give(door.exchange, {
    pool: publicPool,
    giver: giverFrom(request),
    ...earns,
    ...(await intake),
  });
  limits.bytes.charge(request, given.gift.size);
  return given;
}

function limitGift(limits: RateLimits, request: FastifyRequest): void {
  limits.bytes.take(request, 0);
  limits.gifts.take(request);
}

/** `POST /api/upload` */
export async function postUpload(
  door: HttpContext,
  limits: RateLimits,
  request: FastifyRequest,
): Promise<UploadAnswer> {
  limitGift(limits, request);
  const intake = parseFormUpload(request, door.settings);
  const plain = { forTicket: false, idempotencyKey: undefined };
  const { gift } = await takeIn(door, limits, request, intake, plain);
  return {
    success: true,
    filename: gift.extension === 'unknown' ? gift.key : `${gift.key}.${gift.extension}`,
    original_filename: gift.name,
    size: gift.size,
    mime_type: gift.mimeType,
    kind: gift.kind,
    sha256: gift.sha256,
  };
}

/** `POST /api/exchange` */
export async function postExchange(
  door: HttpContext,
  limits: RateLimits,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ExchangeAnswer | FastifyReply> {
  const earns = { forTicket: true, idempotencyKey: keyOf(request) }; // mutant: key-ignored
  limitGift(limits, request);
  const given = await takeIn(door, limits, request, parseUpload(request, door.settings), earns);
  const ticket = given.ticket as string;
  reply.header(headers.ticket, ticket).header(headers.giver, given.giver);
  const answer: ExchangeAnswer = {
    ticket,
    giver: given.giver,
    gift: giftAnswer(given.gift),
  };
  if (wantsJson(request)) return reply.code(201).send(answer);
  const opened = await openDraw(door, request, () => drawWithTicket(door.exchange, ticket));
  if (!opened) return reply.code(202).header('content-disposition', ticketFile(given)).send(answer);
  return sendDraw(door, request, reply, opened);
}

/** `curl -OJ` saves what it gets: a ticket must not overwrite another, nor pass for the file that was hoped for. */
function ticketFile({ gift }: GivenFile): string {
  return disposition(`ticket-${gift.key.slice(0, 8)}.json`);
}

/** The key of draft-ietf-httpapi-idempotency-key-header, as its structured string or bare. Throws `key-broken`. */
function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  const found = /^(?:"([\w-]{22,128})"|([\w-]{22,128}))$/.exec(String(key));
  if (!found) throw new Problem('key-broken');
  return found[1] ?? found[2];
}
