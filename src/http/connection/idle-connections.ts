/** Which connections a server that ends need not wait for (R11). */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ResponsesInFlight } from './responses-in-flight.ts';

/**
 * Lets a server close all connections on which no request is under way, and only those, when it ends. For Node.js one that
 * never asked for anything, or has said half of what it asks, is not idle, and no timeout ends it any more once the server
 * listens no more; and one whose answer is still on its way out is. So what closes the idle ones, here and in Node.js, asks
 * this. Closed is what was idle the last time as well: a request that was on its way then is here by now.
 */
export function closeIdleOnly(server: Server, underWay: ResponsesInFlight): void {
  // A connection that we have ended is about to close, and until then its other end can read why.
  const isIdle = (socket: Socket) => !socket.writableEnded && underWay.on(socket).length === 0;
  let idleBefore = new Set<Socket>();
  const closeIdleConnections = () => {
    const idle = [...underWay.sockets()].filter(isIdle);
    for (const socket of idle) if (idleBefore.has(socket)) socket.destroy();
    idleBefore = new Set(idle);
  };
  Object.assign(server, { closeIdleConnections });
}
