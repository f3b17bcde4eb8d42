/** Which connections a server that ends need not wait for (R11). */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Lets a server close all connections on which no request is under way, and only those, when it ends. For Node.js one that
 * never asked for anything, or has said half of what it asks, is not idle, and no timeout ends it any more once the server
 * listens no more; and one whose answer is still on its way out is. So what closes the idle ones, here and in Node.js, asks
 * this. Closed is what was idle the last time as well: a request that was on its way then is here by now.
 */
export function closeIdleOnly(server: Server): void {
  const latest = new Map<Socket, ServerResponse | undefined>();
  server.on('connection', (socket: Socket) => {
    latest.set(socket, undefined);
    socket.once('close', () => latest.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    latest.set(socket, response);
    // What was answered is not kept in memory for as long as its connection.
    response.once('close', () => {
      if (latest.get(socket) === response && isOver(response)) latest.set(socket, undefined);
    });
  });
  let idleBefore = new Set<Socket>();
  const closeIdleConnections = () => {
    const idle = [...latest].filter(isIdle).map(([socket]) => socket);
    for (const socket of idle) if (idleBefore.has(socket)) socket.destroy();
    idleBefore = new Set(idle);
  };
  Object.assign(server, { closeIdleConnections });
}

/** A connection that we have ended is about to close, and until then its other end can read why. */
const isIdle = ([socket, response]: [Socket, ServerResponse | undefined]) =>
  !socket.writableEnded && (response === undefined || isOver(response));

/** Answers leave in the order of their requests, so once the latest is out all are. */
const isOver = ({ writableFinished, req }: ServerResponse) => writableFinished && req.complete;
