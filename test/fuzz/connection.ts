/** Sends bytes over one connection in given TCP segments and collects the response. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface ConnectionPlan {
  /** Latin-1. */
  readonly text: string;
  /** Where a new segment begins, in thousandths of the whole. */
  readonly cuts: readonly number[];
  /** How the sender leaves: when the response is complete, or in the middle, with a reset. */
  readonly leaves: 'politely' | 'rudely';
  /** Whether a response is certain, so that it is waited for. */
  readonly answered?: boolean;
}

export interface Received {
  readonly came: string;
  /** Whether the service ended the connection. */
  readonly endedByService: boolean;
}

/** A response is complete after this many silent milliseconds. */
const quietMs = 60;
/** The service must close a connection that the client left within this time, in milliseconds. */
const timeoutMs = 10_000;

/** Sends, reads until it is quiet, leaves, and waits for the close. Throws if the service never closes. */
export async function runConnection(
  port: number,
  { text, cuts, leaves, answered = false }: ConnectionPlan,
): Promise<Received> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  // `once` would reject on an error, and the close comes after it.
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
    return socket.closed || since > (answered && came === '' ? timeoutMs : quietMs);
  };
  while (leaves === 'politely' && !isOver()) await pause(10);
  const ended = endedByService;
  if (leaves === 'rudely' && !socket.destroyed) socket.resetAndDestroy();
  else socket.end();
  const late = pause(timeoutMs, 'late', { ref: false });
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
    // Lets the event loop of the service read this segment alone.
    if (i < all.length - 1) await pause(i % 4 === 0 ? 10 : 1);
  }
}
