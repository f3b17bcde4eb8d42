/**
 * Answers that are given before the body of their request has ended. Their connection closes after the body, so that the sender
 * can read the answer (RFC 9112, section 9.6).
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LongLivedResponses } from './long-lived-responses.ts';
import type { ResponsesInFlight } from './responses-in-flight.ts';

/** After the answer, a sender may go on this long and this far, so that it can read the answer. */
const maxReadMs = 30_000;
const maxReadBytes = 64 * 1024 * 1024;
/** A sender that sends nothing for this long, in milliseconds, has read the answer. */
export const lingerMs = 2_000;

/** True if bytes of the body may still come. */
function hasUnreadBody({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

interface UnreadBodies {
  /**
   * Calls `send` with the payload of an answer. If the body was not read, the response ends after it: Node.js closes the
   * connection then.
   */
  answer(request: FastifyRequest, reply: FastifyReply, payload: unknown, send: (payload: unknown) => void): void;
}

export function createUnreadBodies(inFlight: ResponsesInFlight, longLived: LongLivedResponses): UnreadBodies {
  return {
    answer: ({ raw }, reply, payload, send) => {
      if (!hasUnreadBody(raw)) return send(payload);
      inFlight.endAfter(reply.raw);
      reply.header('connection', 'close');
      if (typeof payload !== 'string') return readAway(raw, longLived, () => send(payload));
      const stream = new Readable({ read: () => undefined });
      stream.push(payload);
      readAway(raw, longLived, () => stream.push(null));
      reply.header('content-length', String(Buffer.byteLength(payload)));
      return send(stream);
    },
  };
}

/** Reads the rest of a body, within limits of time and size, and calls back once. */
function readAway(request: IncomingMessage, longLived: LongLivedResponses, done: () => void): void {
  let bytes = 0;
  const read = () => {
    for (let chunk = request.read(); chunk !== null; chunk = request.read()) bytes += chunk.length;
    silence.refresh();
    if (bytes > maxReadBytes) stop();
  };
  const stop = () => {
    clearTimeout(silence);
    clearTimeout(limit);
    remove();
    request.off('readable', read).off('close', stop).off('end', stop);
    done();
  };
  const silence = setTimeout(stop, lingerMs);
  const limit = setTimeout(stop, maxReadMs);
  const remove = longLived.add(stop);
  request.on('readable', read).once('end', stop).once('close', stop);
}
