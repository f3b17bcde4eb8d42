/** What is answered to bytes that are no HTTP request at all, or came too slowly to become one (R12, R16). */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Problem } from '../../contract/problems/problem.ts';
import { onceClosed, type ResponsesInFlight } from './responses-in-flight.ts';

/** After a refusal, a sender that goes on sending is listened to this long, so that it can read why; in milliseconds. */
export const lingerMs = 2_000;

/**
 * Refuses what a connection could not be read as, behind all that it asked for before: written at once, the refusal would
 * lie in the middle of somebody's file, or be taken for the answer to a gift that is kept. The connection is over then.
 * Called once more for each piece that comes meanwhile, and when the sender closes its half.
 */
export function refuseMalformed(underWay: ResponsesInFlight) {
  const waiting = new WeakSet<Socket>();
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    const before = underWay.on(socket).filter(isOfBefore);
    // For Node.js, who closes its half while it is owed answers is gone.
    const isGone = socket.readableEnded && before.length > 0;
    if (error.code === 'ECONNRESET' || socket.destroyed || isGone) socket.destroy(error);
    else if (!socket.writableEnded && !waiting.has(socket)) {
      waiting.add(socket);
      void refuseBehind(before, error, socket);
    }
  };
}

/** Nobody gets a tunnel. Node.js gives the connection away when it is asked for one (CONNECT), and would close it at once. */
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

async function refuseBehind(
  before: readonly ServerResponse[],
  error: NodeJS.ErrnoException,
  socket: Socket,
): Promise<void> {
  for (const answer of before) await new Promise<void>((resolve) => onceClosed(answer, resolve));
  if (socket.destroyed || socket.writableEnded) return;
  const hasItsAnswer = before.at(-1)?.req.complete === false;
  if (hasItsAnswer) socket.end();
  else socket.end(rawRefusal(error));
  // Closed at once, with bytes unread, it would be reset, and the refusal lost.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function rawRefusal(error: NodeJS.ErrnoException): string {
  const problem = new Problem(
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'bad-request',
  );
  const body = JSON.stringify(problem.body());
  return [
    `HTTP/1.1 ${problem.status} ${problem.status === 408 ? 'Request Timeout' : 'Bad Request'}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
