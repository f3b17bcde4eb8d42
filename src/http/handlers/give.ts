import { create as disposition } from 'content-disposition';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { headers } from '../../contract/api/paths.ts';
import type { ExchangeAnswer, UploadAnswer } from '../../contract/api/schemas.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { drawWithTicket } from '../../exchange/draw.ts';
import { endOfGift, endOfTicket } from '../../exchange/ends.ts';
import { type FoundGive, findGiven, type GiftOffer, type GivenFile, give } from '../../exchange/give.ts';
import { type OpenedRoom, ticketsUntil } from '../../exchange/rooms/rooms.ts';
import type { UploadClaim } from '../../exchange/storage/reservations.ts';
import type { HttpContext, HttpSettings, RateLimit } from '../context.ts';
import { accountOf } from '../limits/account-guard.ts';
import { foreignPage } from '../limits/origin-guard.ts';
import { chosenRoom } from '../limits/room-guard.ts';
import { addressRanges, clientAddress, clientKey } from '../request/client-address.ts';
import { wantsJson } from '../request/content-negotiation.ts';
import { giverFrom } from '../request/credentials.ts';
import { endFrom } from '../request/life.ts';
import { parseFormUpload, parseUpload } from '../request/upload-body.ts';
import { wishFrom } from '../request/wish.ts';
import { instant, ownGiftAnswer } from '../response/serializers.ts';
import { beginDraw, sendDraw } from './draw.ts';

/** Gives the file of a request, within the rate limits. */
async function giveUpload(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  parse: typeof parseUpload,
  earns: Pick<GiftOffer, 'forTicket' | 'idempotencyKey' | 'wish'>,
): Promise<GivenFile & { readonly asked: number | undefined; readonly room: OpenedRoom | undefined }> {
  const { concurrency, exchange, limits, settings } = context;
  const endsAt = endFrom(request, exchange.now());
  limits.bytes.take(request, 0);
  limits.gifts.take(request);
  const account = context.accounts && (await accountOf(context, context.accounts, request, reply));
  const room = await chosenRoom(context, request);
  concurrency.enter(request, reply, 'uploads');
  const source = await parse(request, settings);
  const giver = account?.giver ?? giverFrom(request);
  const stripMetadata = asksToStrip(request);
  const isStoredTwice = stripMetadata || exchange.rules.blind === 'always';
  const claim = claimOf(request, settings, isStoredTwice ? 2 : 1);
  const meter = meterBytes(limits.bytes, request);
  try {
    const given = await give(exchange, {
      room,
      giver,
      ...earns,
      ...source,
      endsAt,
      stripMetadata,
      source: { ranges: addressRanges(clientAddress(request)), page: foreignPage(context, request) },
      claim,
      onBytes: meter.add,
    });
    if (account) await context.accounts?.history.noteGift(account, given.ticket, given.gift.key);
    tellBudget(context, reply, given.budgetLeft);
    return { ...given, asked: endsAt, room };
  } finally {
    meter.settle();
  }
}

/** In seconds. */
const day = 86_400;

/** Tells what is left of the budget of the day (draft-ietf-httpapi-ratelimit-headers). */
function tellBudget({ exchange }: HttpContext, reply: FastifyReply, left: number | undefined): void {
  if (left === undefined) return;
  const reset = day - (Math.floor(exchange.now() / 1000) % day);
  reply.header('ratelimit-policy', `"daily";q=${exchange.rules.dailyGifts};w=${day}`);
  reply.header('ratelimit', `"daily";r=${left};t=${reset}`);
}

/** Tells a giver whose gift ends before the time that was asked for. */
const lifeCut = (asked: number | undefined, end: number): { readonly life_cut?: true } =>
  asked !== undefined && asked > end ? { life_cut: true } : {};

/** Tells a giver in a round the seat, and when the ticket draws. */
const seatAnswer = ({ seat, room }: Pick<GivenFile, 'seat'> & { readonly room: OpenedRoom | undefined }) =>
  seat && room
    ? {
        seat: seat.number,
        salt: seat.salt,
        opens_at: instant(room.closesAt),
        expires_at: instant(ticketsUntil(room.closesAt)),
      }
    : {};

/** Tells a giver which metadata was removed. */
const receiptOf = (removed: GivenFile['removed']) => (removed ? { removed: [...removed] } : {});

/** True if the giver wants metadata removed. In doubt it is removed. */
function asksToStrip({ headers: sent }: FastifyRequest): boolean {
  const text = String(sent[headers.stripMetadata.toLowerCase()] ?? '').trim();
  return !/^(?:|0|\?0|false|off|no)$/i.test(text);
}

/** The declared length of a body, or the limit, times its copies, and its client. */
function claimOf(request: FastifyRequest, { MAX_FILE_SIZE, RATE_LIMIT }: HttpSettings, copies: number): UploadClaim {
  const declared = request.headers['content-length'];
  return {
    maxSize: copies * (declared === undefined ? MAX_FILE_SIZE : Math.min(Number(declared), MAX_FILE_SIZE)),
    client: RATE_LIMIT ? clientKey(clientAddress(request)) : undefined,
  };
}

/** Bytes are charged in steps of this size as they pass. */
const chargeStep = 1024 * 1024;

/** Charges an upload for the bytes that pass, whatever becomes of it. */
function meterBytes(bytes: RateLimit, request: FastifyRequest) {
  let uncharged = 0;
  const settle = () => {
    if (uncharged > 0) bytes.charge(request, uncharged);
    uncharged = 0;
  };
  const add = (count: number) => {
    uncharged += count;
    if (uncharged >= chargeStep) settle();
  };
  return { add, settle };
}

/** `POST /api/upload` */
export async function postUpload(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<UploadAnswer> {
  const plain = { forTicket: false, idempotencyKey: undefined };
  const { gift, removed, asked, room } = await giveUpload(context, request, reply, parseFormUpload, plain);
  if (!room) context.limits.freeDraws.giveBack(request);
  const end = endOfGift(gift, context.exchange.rules);
  const expires = instant(end);
  reply.header(headers.expires, expires);
  return {
    success: true,
    filename: gift.extension === 'unknown' ? gift.key : `${gift.key}.${gift.extension}`,
    original_filename: gift.name,
    size: gift.size,
    mime_type: gift.mimeType,
    kind: gift.kind,
    sha256: gift.sha256,
    expires_at: expires,
    ...lifeCut(asked, end),
    ...receiptOf(removed),
  };
}

/** `POST /api/exchange` */
export async function postExchange(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ExchangeAnswer | FastifyReply> {
  const wish = wishFrom(request) ?? null;
  const earns = { forTicket: true, idempotencyKey: keyOf(request), wish }; // mutant: key-ignored
  const given = await giveUpload(context, request, reply, parseUpload, earns);
  const ticket = given.ticket as string;
  const { rules } = context.exchange;
  reply.header(headers.ticket, ticket).header(headers.giver, given.giver);
  const answer: ExchangeAnswer = {
    ...exchangeAnswer(context, { ...given, ticket }),
    ...lifeCut(given.asked, Math.min(endOfTicket(given.gift, rules), endOfGift(given.gift, rules))),
    ...receiptOf(given.removed),
    ...seatAnswer(given),
  };
  reply.header(headers.expires, answer.expires_at);
  if (given.seat || wantsJson(request)) return reply.code(201).send(answer);
  const draw = () => drawWithTicket(context.exchange, ticket);
  const begun = await beginDraw(context, request, reply, draw);
  if (!begun) return reply.code(202).header('content-disposition', ticketFile(given)).send(answer);
  return sendDraw(context, request, reply, begun);
}

/** `GET /api/exchange` */
export async function getExchange(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ExchangeAnswer | FastifyReply> {
  const idempotencyKey = keyOf(request);
  if (idempotencyKey === undefined) throw new Problem('key-broken');
  const account = context.accounts && (await accountOf(context, context.accounts, request, reply));
  const found = await findGiven(context.exchange, { giver: account?.giver ?? giverFrom(request), idempotencyKey });
  return found ? exchangeAnswer(context, found) : reply.code(204).send();
}

/** The answer to a giver who earned a ticket. */
function exchangeAnswer(
  { exchange: { rules } }: HttpContext,
  { gift, giver, ticket }: Pick<FoundGive, 'giver' | 'ticket'> & { readonly gift: Parameters<typeof ownGiftAnswer>[0] },
): ExchangeAnswer {
  const expires_at = instant(endOfTicket(gift, rules));
  return { ticket, giver, expires_at, gift: ownGiftAnswer(gift, rules) };
}

/** The name under which `curl -OJ` saves a ticket: it overwrites no other ticket and is not taken for a gift. */
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
