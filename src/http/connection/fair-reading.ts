/**
 * Limits how many pipelined requests are parsed in one turn of the event loop (R16). A packet holds about 2,000, so a hundred
 * connections that send one each would stop all others for seconds.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** How many pipelined requests one turn may parse before it reads nothing more. */
const maxPerTurn = 256;
/** Between two connections of clients that pipeline, the others have this long, in milliseconds. */
const restMs = 100;

interface FairReading {
  /** Holds a new connection while its client is held. */
  admit(socket: Socket): void;
  /** Counts a request that was parsed while an earlier one of its connection was unfinished. */
  countPipelined(socket: Socket): void;
}

/** `bodyOf` returns the request of a connection whose body is being read, if there is one; `clientOf` its client. */
export function createFairReading(
  connections: () => Iterable<Socket>,
  bodyOf: (socket: Socket) => IncomingMessage | undefined,
  clientOf: (socket: Socket) => string,
): FairReading {
  /** Clients that pipelined requests in this turn, or while connections rest. */
  const pipelining = new Set<string>();
  const held = new Set<Socket>();
  let inThisTurn = 0;
  let isResting = false;
  const hold = (socket: Socket) => {
    if (socket.isPaused()) return;
    socket.pause();
    held.add(socket);
  };
  const release = (socket: Socket) => {
    held.delete(socket);
    const body = bodyOf(socket);
    // Node.js resumes it itself when the body has been read.
    if (body === undefined || body.readableLength < body.readableHighWaterMark) socket.resume();
  };
  const rest = () => {
    if (isResting) return;
    isResting = true;
    setTimeout(endRest, restMs).unref();
  };
  const endRest = () => {
    isResting = false;
    const newest = [...held].findLast(({ destroyed }) => !destroyed);
    if (newest) {
      release(newest);
      rest();
    } else {
      held.clear();
      pipelining.clear();
    }
  };
  const endTurn = () => {
    inThisTurn = 0;
    for (const socket of held) if (!pipelining.has(clientOf(socket))) release(socket);
    if (!isResting) pipelining.clear();
  };
  return {
    admit: (socket) => {
      // Later in this turn, since Node.js resumes a new connection in a tick, and limits may stop it.
      if (isResting && pipelining.has(clientOf(socket))) setImmediate(hold, socket);
    },
    countPipelined: (socket) => {
      if (inThisTurn === 0) setImmediate(endTurn);
      inThisTurn += 1;
      pipelining.add(clientOf(socket));
      if (inThisTurn !== maxPerTurn) return;
      rest();
      for (const other of connections()) if (other !== socket) hold(other);
    },
  };
}
