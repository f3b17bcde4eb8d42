/** A gift's bytes on the wire. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
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

/**
 * The part of a delivery that a request asks for: one range of bytes (RFC 9110, section 14), or all of it, also when the
 * range is of another kind, malformed, several at once, or conditional on another file. Throws `range-unsatisfiable`.
 */
export function requestedSpan(request: FastifyRequest, { gift }: Delivery): Span {
  const { range } = request.headers;
  const condition = request.headers['if-range'];
  const whole = { start: 0, end: gift.size };
  if (range === undefined || (condition !== undefined && condition !== `"${gift.sha256}"`))
    return whole;
  const ranges = parseRange(gift.size, suffixWithin(range, gift.size));
  if (ranges === -1) throw new Problem('range-unsatisfiable');
  const [only] = ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1 ? [] : ranges;
  return only ? { start: only.start, end: only.end + 1 } : whole;
}

/** The last bytes of a file are all of it where more are asked for than there are (RFC 9110, section 14.1.2). */
function suffixWithin(range: string, size: number): string {
  const asked = /^bytes=\s*-(\d+)\s*$/.exec(range)?.[1];
  return Number(asked) > size ? `bytes=-${size}` : range;
}

/** As many bytes may be on their way at any time, whatever a step moves. */
const usualStep = 128 * 1024;

/** Sends a transfer as the answer to a request, and tells the exchange how far it came. */
export async function sendTransfer(
  door: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  transfer: Transfer,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { delivery, span } = transfer;
  reply.hijack();
  const pace = createSpeedWatch(door.settings);
  const error = await pump(reply.raw, head(reply, transfer, more), transfer, pace);
  pace.end();
  const whole = error === undefined;
  if (!whole) {
    reply.raw.destroy();
    request.log.info(
      { reason: error instanceof Problem ? error.code : 'connection lost' },
      'delivery cut',
    );
  }
  const connection = whole ? watchForReset(request.raw.socket) : undefined; // mutant: reset-ignored
  const part = { start: span.start, end: transfer.handed(), whole };
  if ((await completeTransfer(door.exchange, delivery, part)) && connection) {
    connection.onReset(() => reopen(door, delivery));
  }
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
      'content-length': String(length),
      ...(partial ? { 'content-range': `bytes ${span.start}-${span.end - 1}/${gift.size}` } : {}),
    },
  ];
}

/** Writes block after block, each only when the one before has left: a slow receiver costs one block of memory (P9). Answers what cut it short, if anything did. */
async function pump(
  response: ServerResponse,
  top: [number, Record<string, string>],
  transfer: Transfer,
  pace: SpeedWatch,
): Promise<unknown> {
  let isOut = false;
  try {
    // Who has hung up is known only when the event loop has looked, and what comes from memory would be out before.
    await turn();
    await turn();
    response.writeHead(...top);
    for await (const block of transfer.bytes) {
      await pace.step(written(response, block), Math.max(block.length, usualStep));
      pace.moved(block.length);
    }
    isOut = true;
    await pace.step(finished(response), usualStep);
    return undefined;
  } catch (error) {
    // Who has read the last byte may hang up before we have said that it was the last.
    return isOut && !response.req.socket.errored ? undefined : error; // mutant: arrival-ignored
  } finally {
    await transfer.close();
  }
}

function written(response: ServerResponse, block: Uint8Array): Promise<void> {
  return untilClosed(response, (done) => response.write(block, done));
}

function finished(response: ServerResponse): Promise<void> {
  return untilClosed(response, (done) => response.end(done));
}

/** A write to a connection that is gone may never call back, so its closing counts as a failure too. */
function untilClosed(
  response: ServerResponse,
  act: (done: (error?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error('connection lost'));
    if (response.destroyed) return closed();
    response.once('close', closed);
    act((error) => {
      response.off('close', closed);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** How long after the last byte a reset still counts, in milliseconds. */
const settling = 2000;

interface Watch {
  /** Calls back once if the connection is, or already was, reset. */
  onReset(act: () => void): void;
}

const watches = new WeakMap<Socket, () => void>();

/** Whoever asks for more on the same connection has read the answer before, and may break off the next one. */
export function cancelResetWatch(socket: Socket): void {
  watches.get(socket)?.();
}

/**
 * The last byte was handed to the operating system, which is not yet the receiver. A receiver that goes away with bytes
 * unread resets the connection; when that comes now, the delivery was not made after all. It is noted as made before we know,
 * so that a crash in between does not hand the file out twice.
 */
function watchForReset(socket: Socket): Watch {
  cancelResetWatch(socket);
  const { promise, resolve } = Promise.withResolvers<void>();
  const reset = () => resolve();
  const stop = () => {
    clearTimeout(timer);
    socket.off('error', reset);
    watches.delete(socket);
  };
  const timer = setTimeout(stop, settling).unref();
  socket.once('error', reset);
  watches.set(socket, stop);
  // While the vault was let go.
  if (socket.errored) reset();
  return { onReset: (act) => void promise.then(act) };
}

function reopen(door: HttpContext, delivery: Delivery): void {
  door.logger.info('delivery reset after its last byte');
  reopenTransfer(door.exchange, delivery).catch((err: unknown) => {
    door.logger.error({ err }, 'reopening failed');
  });
}
