/** The responses under way on each connection of a server; several, if a client pipelines requests. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createFairReading } from './fair-reading.ts';
import { createRoundRobin } from './round-robin.ts';

/** How many requests of one connection are worked on at a time; the others wait, and nothing more is read (R16). */
const maxAtATime = 8;
/** While this many requests of all connections wait, each connection has one worked on at a time. */
const minWaitingForOne = 256;
/** How many requests of all connections may wait. One packet of pipelined requests has about 2,000. */
const maxWaiting = 4_096;
/** How many waiting requests of all connections start in one turn of the event loop. */
const maxStartsPerTurn = 16;

export interface ResponsesInFlight {
  /** All open connections. */
  sockets(): Iterable<Socket>;
  /** Unfinished responses, and those whose request has not been read completely, in the order of the requests. */
  on(socket: Socket): readonly ServerResponse[];
  /** Calls `start` when the latest request of a connection may be worked on: at once, later, or never if nothing may follow. */
  admit(response: ServerResponse, start: () => void): void;
  /** Makes a response the last of its connection. `onFollowUp` is called if another request is pipelined behind it. */
  endAfter(response: ServerResponse, onFollowUp?: () => void): void;
}

interface Connection {
  /** In the order of the requests. */
  readonly responses: Set<ServerResponse>;
  readonly waiting: (() => void)[];
  /** Set once no further request is worked on. */
  onFollowUp: (() => void) | undefined;
}

/** `clientOf` tells which connections belong to one client. */
export function trackResponses(
  server: Server,
  clientOf = ({ remoteAddress = '' }: Socket): string => remoteAddress,
): ResponsesInFlight {
  const connections = new Map<Socket, Connection>();
  let waiting = 0;
  const on = (socket: Socket) => [...(connections.get(socket)?.responses ?? [])].filter(isUnderWay);
  const bodyOf = (socket: Socket) => on(socket).find(({ req }) => !req.complete)?.req;
  const fairReading = createFairReading(() => connections.keys(), bodyOf, clientOf);
  const atATime = () => (waiting < minWaitingForOne ? maxAtATime : 1);
  const starts = createRoundRobin(maxStartsPerTurn, (socket: Socket) => {
    const connection = connections.get(socket);
    if (!connection || !mayStart(connection, atATime())) return false;
    waiting -= 1;
    connection.waiting.shift()?.();
    if (connection.waiting.length === 0) socket.resume();
    return mayStart(connection, atATime());
  });
  server.on('connection', (socket: Socket) => {
    const connection: Connection = { responses: new Set(), waiting: [], onFollowUp: undefined };
    connections.set(socket, connection);
    fairReading.admit(socket);
    socket.once('close', () => {
      const left = on(socket);
      connections.delete(socket);
      waiting -= connection.waiting.length;
      // After Node.js has notified the current response.
      process.nextTick(() => left.forEach(close));
    });
  });
  // Before the server's own listener, which admits the request.
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (!connection) return;
    if (connection.responses.size > 0) fairReading.countPipelined(socket);
    if (socket.destroyed) {
      // Node.js parses the rest of the packet, and would make an error with a stack trace for each of its requests.
      request.destroy();
      return;
    }
    addUntilClosed(connection.responses, response, () => {
      if (connection.waiting.length === 0) return;
      stopReading(socket);
      starts.add(socket);
    });
  });
  return {
    sockets: () => connections.keys(),
    on,
    admit: ({ req: { socket } }, start) => {
      const connection = connections.get(socket);
      if (!connection || socket.destroyed) return;
      if (connection.onFollowUp) {
        stopReading(socket);
        connection.onFollowUp();
        return;
      }
      // The latest response is counted already.
      const mustWait = connection.waiting.length > 0 || connection.responses.size > atATime();
      if (mustWait && waiting >= maxWaiting) socket.destroy();
      else if (mustWait) {
        waiting += 1;
        connection.waiting.push(start);
        stopReading(socket);
      } else start();
    },
    endAfter: (response, onFollowUp = () => undefined) => {
      const connection = connections.get(response.req.socket);
      if (!connection) return;
      connection.onFollowUp = onFollowUp;
      if ([...connection.responses].at(-1) !== response) onFollowUp();
    },
  };
}

/** Adds a response until it is closed and its request has been read. */
function addUntilClosed(responses: Set<ServerResponse>, response: ServerResponse, onRemoved: () => void): void {
  responses.add(response);
  const remove = () => {
    responses.delete(response);
    onRemoved();
  };
  response.once('close', () => (response.req.complete ? remove() : response.req.once('close', remove)));
}

const mayStart = ({ responses, waiting }: Connection, atATime: number): boolean =>
  waiting.length > 0 && responses.size - waiting.length < atATime;

/** Stops reading from a socket. Node.js resumes it in the tick in which a request ends, so this waits for the end of that tick. */
export function stopReading(socket: Socket): void {
  queueMicrotask(() => socket.pause());
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
