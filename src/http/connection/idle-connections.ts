/** Which connections a server that ends need not wait for (R11). */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ResponsesInFlight } from './responses-in-flight.ts';

/**
 * Makes a closing server destroy exactly the connections without a request in progress. Node.js keeps those that sent nothing
 * or half a request, and takes an unfinished response for idle.
 *
 * A connection must be idle twice in a row: a request that was on its way at the first look has arrived by the second.
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
