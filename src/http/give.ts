import { create as disposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { headers } from '../contract/paths.ts';
import type { ExchangeAnswer, UploadAnswer } from '../contract/schemas.ts';
import { publicPool } from '../exchange/context.ts';
import { drawWithTicket } from '../exchange/draw.ts';
import { type Given, give } from '../exchange/give.ts';
import { giftAnswer } from './answers.ts';
import { giverOf, openDraw, sendDraw } from './draw.ts';
import { anyIntake, formIntake, type Intake } from './intake.ts';
import type { Limits } from './limits.ts';
import type { Door } from './settings.ts';

async function takeIn(
  door: Door,
  limits: Limits,
  request: FastifyRequest,
  intake: Promise<Intake>,
  forTicket: boolean,
): Promise<Given> {
  const given = await give(door.context, {
    pool: publicPool,
    giver: giverOf(request),
    forTicket,
    ...(await intake),
  });
  limits.bytes.charge(request, given.stored.size);
  return given;
}

function limitGift(limits: Limits, request: FastifyRequest): void {
  limits.bytes.take(request, 0);
  limits.gifts.take(request);
}

/** `POST /api/upload` */
export async function postUpload(
  door: Door,
  limits: Limits,
  request: FastifyRequest,
): Promise<UploadAnswer> {
  limitGift(limits, request);
  const given = await takeIn(door, limits, request, formIntake(request, door.settings), false);
  const { finding, stored, key } = given;
  return {
    success: true,
    filename: finding.extension === 'unknown' ? key : `${key}.${finding.extension}`,
    original_filename: finding.name,
    size: stored.size,
    mime_type: finding.mimeType,
    kind: finding.kind,
    sha256: stored.sha256,
  };
}

/** `POST /api/exchange` */
export async function postExchange(
  door: Door,
  limits: Limits,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ExchangeAnswer | FastifyReply> {
  limitGift(limits, request);
  const given = await takeIn(door, limits, request, anyIntake(request, door.settings), true);
  const ticket = given.ticket as string;
  reply.header(headers.ticket, ticket).header(headers.giver, given.giver);
  const answer: ExchangeAnswer = {
    ticket,
    giver: given.giver,
    gift: giftAnswer({ ...given.finding, ...given.stored, givenAt: given.givenAt }),
  };
  if (wantsJson(request)) return reply.code(201).send(answer);
  const opened = await openDraw(door, request, () => drawWithTicket(door.context, ticket));
  if (!opened) return reply.code(202).header('content-disposition', ticketFile(given)).send(answer);
  await sendDraw(door, request, reply, opened);
  return reply;
}

/** `curl -OJ` saves what it gets: a ticket must not overwrite another, nor pass for the file that was hoped for. */
function ticketFile({ key }: Given): string {
  return disposition(`ticket-${key.slice(0, 8)}.json`);
}

/** Only who asks for JSON by name gets it; who takes anything gets the file. */
function wantsJson(request: FastifyRequest): boolean {
  return /\bapplication\/json\b/i.test(request.headers.accept ?? '');
}
