/** One connection's worth of bytes, cut into TCP segments at given places, and all that comes back. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface ConnectionPlan {
  /** Latin-1. */
  readonly text: string;
  /** Where a new segment begins, as shares of the whole in thousandths. */
  readonly cuts: readonly number[];
  /** How the sender leaves: when it has heard enough, or in the middle, with a reset. */
  readonly leaves: 'politely' | 'rudely';
  /** Whether an answer is sure to come, and is waited for. */
  readonly answered?: boolean;
}

export interface Received {
  readonly came: string;
  /** Whether it was the service that ended the connection. */
  readonly endedByService: boolean;
}

/** Nothing came for so long after everything was sent, in milliseconds: no more is to be expected. */
const quiet = 60;
/** The service has to let go of a connection that we have left within this, in milliseconds. */
const patience = 10_000;

/** Sends, listens until it is quiet, leaves, and waits until the connection is closed. Throws when it never is. */
export async function runConnection(
  port: number,
  { text, cuts, leaves, answered = false }: ConnectionPlan,
): Promise<Received> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  // Not `once`, which would take an error for the end; the end comes after it.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  let came = '';
  let heardAt = performance.now();
  let endedByService = false;
  socket.on('error', () => undefined);
  socket.on('end', () => {
    endedByService = true;
  });
  socket.on('data', (bytes) => {
    came += bytes.toString('latin1');
    heardAt = performance.now();
  });
  await Promise.race([new Promise<void>((resolve) => socket.once('connect', resolve)), closed]);
  await Promise.race([write(socket, segments(text, cuts)), closed]);
  heardAt = performance.now();
  const isOver = () => {
    const since = performance.now() - heardAt;
    return socket.closed || since > (answered && came === '' ? patience : quiet);
  };
  while (leaves === 'politely' && !isOver()) await pause(10);
  const ended = endedByService;
  if (leaves === 'rudely' && !socket.destroyed) socket.resetAndDestroy();
  else socket.end();
  const late = pause(patience, 'late', { ref: false });
  if ((await Promise.race([closed, late])) === 'late') {
    socket.destroy();
    throw new Error('the connection was never closed');
  }
  return { came, endedByService: ended };
}

function segments(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const places = cuts.map((cut) => Math.floor((cut / 1000) * bytes.length)).sort((a, b) => a - b);
  return [...places, bytes.length]
    .map((end, i) => bytes.subarray(i === 0 ? 0 : places[i - 1], end))
    .filter((segment) => segment.length > 0);
}

async function write(socket: Socket, all: readonly Buffer[]): Promise<void> {
  for (const [i, segment] of all.entries()) {
    if (!socket.writable) return;
    socket.write(segment);
    // A turn of the other side's loop, so that it sees this piece alone.
    if (i < all.length - 1) await pause(i % 4 === 0 ? 10 : 1);
  }
}
