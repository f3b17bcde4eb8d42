/** Streams a gift's bytes: the requested range, and the record of how far they came. */
import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import parseRange from 'range-parser';
import { Problem } from '../../contract/problems/problem.ts';
import { completeTransfer, reopenTransfer } from '../../exchange/complete.ts';
import type { Transfer } from '../../exchange/deliver.ts';
import type { HttpContext } from '../context.ts';
import { createSpeedWatch, type SpeedWatch } from '../request/minimum-speed.ts';
import { giftHeaders } from './headers.ts';

type Delivery = Transfer['delivery'];
type Span = Transfer['span'];

export const isDamage = (error: unknown): boolean => error instanceof Problem && error.code === 'gift-damaged';

/** Tells the operator which gift was quarantined, if the error is damage. */
export function logDamage({ log }: Pick<FastifyRequest, 'log'>, { gift }: Delivery, error: unknown): void {
  if (isDamage(error)) log.error({ key: gift.key }, 'damaged gift quarantined');
}

/**
 * The requested span of a delivery: one byte range (RFC 9110, section 14), or else the whole file. Several ranges, other
 * units, malformed headers and a stale `If-Range` mean the whole file. Throws `range-unsatisfiable`, whose answer has the size.
 */
export function requestedSpan(request: FastifyRequest, reply: FastifyReply, { gift }: Delivery): Span {
  const { range } = request.headers;
  const condition = request.headers['if-range'];
  const whole = { start: 0, end: gift.size };
  if (range === undefined || (condition !== undefined && condition !== `"${gift.sha256}"`)) return whole;
  const ranges = parseRange(gift.size, suffixWithin(range, gift.size));
  if (ranges === -1) {
    reply.header('content-range', `bytes */${gift.size}`);
    throw new Problem('range-unsatisfiable');
  }
  const [only] = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? [] : ranges;
  return only ? { start: only.start, end: only.end + 1 } : whole;
}

/** A suffix range longer than the file is the whole file (RFC 9110, section 14.1.2). */
function suffixWithin(range: string, size: number): string {
  const suffixLength = /^bytes=\s*-(\d+)\s*$/.exec(range)?.[1];
  return Number(suffixLength) > size ? `bytes=-${size}` : range;
}

/** Bytes that may be buffered at any time, so that a smaller step still has the time for as many. */
const minStep = 128 * 1024;

/** Sends a transfer as the response, and records how far it came. */
export async function sendTransfer(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  transfer: Transfer,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { delivery, span } = transfer;
  reply.hijack();
  const speed = createSpeedWatch(context.settings);
  const error = await pump(reply.raw, head(reply, transfer, more), transfer, speed);
  speed.end();
  const whole = error === undefined;
  if (!whole) {
    transfer.forgetSent();
    reply.raw.destroy();
    logDamage(request, delivery, error);
    request.log.info({ reason: error instanceof Problem ? error.code : 'connection lost' }, 'delivery cut');
  }
  const connection = whole ? context.resets.watch(request.raw.socket) : undefined; // mutant: reset-ignored
  const part = { start: span.start, end: transfer.handed(), whole };
  const isFinal = await completeTransfer(context.exchange, delivery, part);
  // Not erased when the ledger failed: the next process records the arrival.
  transfer.forgetSent();
  if (isFinal && connection) connection.onReset(() => reopen(context, delivery));
}

function head(
  reply: FastifyReply,
  { delivery, span }: Transfer,
  more: Readonly<Record<string, string>>,
): [number, Record<string, string>] {
  const { gift } = delivery;
  const length = span.end - span.start;
  const partial = length !== gift.size;
  return [
    partial ? 206 : 200,
    {
      ...(reply.getHeaders() as Record<string, string>),
      ...giftHeaders(gift),
      ...more,
      // nginx would read bytes ahead of the receiver, and they would count as delivered.
      'x-accel-buffering': 'no',
      'content-length': String(length),
      ...(partial ? { 'content-range': `bytes ${span.start}-${span.end - 1}/${gift.size}` } : {}),
    },
  ];
}

/**
 * Writes block after block, each when the one before has left, so that a slow receiver costs one block of memory (P9). Answers
 * the error that cut the response short, if any.
 */
async function pump(
  response: ServerResponse,
  top: [number, Record<string, string>],
  transfer: Transfer,
  speed: SpeedWatch,
): Promise<unknown> {
  try {
    // A disconnect is only seen after a turn of the event loop, and bytes from memory would be out before.
    await turn();
    await turn();
    response.writeHead(...top);
    for await (const block of transfer.bytes) {
      const isLast = transfer.handed() === transfer.span.end;
      await sent(response, block, isLast, speed);
      // Not before: a process killed while a slow receiver waits for the last block must not count it as arrived.
      if (isLast) transfer.noteSent();
      speed.moved(block.length);
    }
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await transfer.close();
  }
}

/** Writes a block. Waits only if the operating system does not take it at once. */
async function sent(response: ServerResponse, block: Uint8Array, isLast: boolean, speed: SpeedWatch): Promise<void> {
  if (response.destroyed) throw connectionLost();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const done = (error?: Error | null) => (error ? reject(error) : resolve());
  if (isLast) response.end(block, done);
  else response.write(block, done);
  if (response.writableLength === 0) return;
  // A write to a closed connection may never call back.
  const closed = () => reject(connectionLost());
  response.once('close', closed);
  await speed.step(promise, Math.max(block.length, minStep)).finally(() => response.off('close', closed));
}

const connectionLost = () => new Error('connection lost');

function reopen(context: HttpContext, delivery: Delivery): void {
  context.logger.info('delivery reset after its last byte');
  reopenTransfer(context.exchange, delivery).catch((err: unknown) => {
    context.logger.error({ err }, 'reopening failed');
  });
}
