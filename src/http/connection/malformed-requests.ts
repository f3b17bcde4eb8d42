/** Answers to malformed requests, and to requests whose headers come too slowly (R12, R16). */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Problem } from '../../contract/problems/problem.ts';
import { onceClosed, type ResponsesInFlight } from './responses-in-flight.ts';
import { lingerMs } from './unread-body.ts';

/**
 * Refuses malformed bytes behind all pending responses of the connection, and then closes it. Written at once, the refusal
 * would land in the middle of a file, or be taken for the answer to a gift.
 */
export function refuseMalformed(underWay: ResponsesInFlight, basePath: string) {
  const waiting = new WeakSet<Socket>();
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    const before = underWay.on(socket).filter(isOfBefore);
    // Node.js treats a half-closed connection with pending responses as gone.
    const isGone = socket.readableEnded && before.length > 0;
    if (error.code === 'ECONNRESET' || socket.destroyed || isGone) socket.destroy(error);
    else if (!socket.writableEnded && !waiting.has(socket)) {
      waiting.add(socket);
      void refuseBehind(before, socket, rawRefusal(error, basePath));
    }
  };
}

/** Refuses CONNECT (RFC 9110, section 9.3.6). Node.js detaches the connection from the server and would close it at once. */
export function refuseConnect(server: Server, refuse: ReturnType<typeof refuseMalformed>): void {
  server.on('connect', (_request, socket: Socket) => {
    const refuseIt = () => refuse(new Error('CONNECT'), socket);
    socket.on('error', () => undefined);
    socket.on('end', refuseIt).resume();
    refuseIt();
  });
}

/** A request that broke off in its body is what is refused, unless it has its answer already. */
const isOfBefore = ({ req, headersSent }: ServerResponse) => req.complete || headersSent;

async function refuseBehind(before: readonly ServerResponse[], socket: Socket, refusal: string): Promise<void> {
  for (const answer of before) await new Promise<void>((resolve) => onceClosed(answer, resolve));
  if (socket.destroyed || socket.writableEnded) return;
  const hasItsAnswer = before.at(-1)?.req.complete === false;
  if (hasItsAnswer) socket.end();
  else socket.end(refusal);
  // Closed at once, with bytes unread, it would be reset, and the refusal lost.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function rawRefusal(error: NodeJS.ErrnoException, basePath: string): string {
  const problem = new Problem(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'bad-request');
  const body = JSON.stringify(problem.body(basePath));
  return [
    `HTTP/1.1 ${problem.status} ${problem.status === 408 ? 'Request Timeout' : 'Bad Request'}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
