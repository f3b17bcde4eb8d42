/** Which answers are on their way out on each connection of a server; several, where a client asks ahead (pipelining). */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ResponsesInFlight {
  /** All open connections. */
  sockets(): Iterable<Socket>;
  /** Unfinished responses, and those whose request has not been read completely, in the order of the requests. */
  on(socket: Socket): readonly ServerResponse[];
}

const none: readonly ServerResponse[] = [];

export function trackResponses(server: Server): ResponsesInFlight {
  const answers = new Map<Socket, readonly ServerResponse[]>();
  const on = (socket: Socket) => (answers.get(socket) ?? none).filter(isUnderWay);
  server.on('connection', (socket: Socket) => {
    answers.set(socket, none);
    socket.once('close', () => {
      const left = on(socket);
      answers.delete(socket);
      // After Node.js has notified the current response.
      process.nextTick(() => left.forEach(close));
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answers.set(socket, [...on(socket), response]);
    // A finished response is forgotten before its connection closes.
    response.once('close', () => answers.has(socket) && answers.set(socket, on(socket)));
  });
  return { sockets: () => answers.keys(), on };
}

/**
 * After CONNECT, and always before version 24, Node.js notifies only the current response of a closed connection. The
 * responses behind it would keep their files and timers.
 */
function close(response: ServerResponse): void {
  if (response.closed) return;
  response.destroy();
  response.emit('close');
}

/** Calls back once an answer is out, or its connection is gone: at once, where the asker left before there was an answer. */
export function onceClosed(response: ServerResponse, act: () => void): void {
  if (response.destroyed) act();
  else response.once('close', act);
}

const isUnderWay = ({ writableFinished, req }: ServerResponse) => !writableFinished || !req.complete;
