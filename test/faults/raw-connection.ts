/** Connections of clients who do as they like with them: what no well-behaved client can do. */
import { once as happens } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ClientState } from './client-state.ts';

export async function openRawConnection(state: ClientState): Promise<Socket> {
  const { hostname, port } = new URL(state.url());
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  // What nobody has asked to read stays on the way.
  socket.pause();
  await Promise.race([happens(socket, 'connect'), happens(socket, 'close')]).catch(() => undefined);
  return socket;
}

/** What came of a gift; the connection is still there. */
export interface RawDownload {
  readonly socket: Socket;
  /** All of it, if all of it came. */
  readonly bytes: Buffer | undefined;
  /** Where it can be fetched again. */
  readonly url: string;
}

/** Asks for a gift, and reads at least so much of the answer; when that was all of it, the client has it. */
export async function downloadRaw(
  state: ClientState,
  path: string,
  enough: number,
): Promise<RawDownload> {
  const socket = await openRawConnection(state);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  const parts: Buffer[] = [];
  let came = 0;
  let length = Number.POSITIVE_INFINITY;
  const timer = setTimeout(() => socket.destroy(), 5_000);
  try {
    for await (const chunk of enough > 0 ? socket.iterator({ destroyOnReturn: false }) : []) {
      parts.push(chunk as Buffer);
      came += (chunk as Buffer).length;
      if (length === Number.POSITIVE_INFINITY) length = lengthOf(Buffer.concat(parts));
      // What has come to this process has come: nobody could tell that it is not wanted.
      if (came >= length || (came >= enough && socket.bytesRead < length)) break;
    }
  } catch {
    // The service hung up.
  }
  clearTimeout(timer);
  const answer = Buffer.concat(parts);
  const url = /\r\ncontent-location: (\S+)/i.exec(headOf(answer))?.[1] ?? path;
  return { socket, bytes: bodyOf(answer), url };
}

const headOf = (answer: Buffer) =>
  answer.toString('latin1', 0, Math.max(0, answer.indexOf('\r\n\r\n') + 2));

/** How long an answer is with its head, as far as that is known. */
function lengthOf(answer: Buffer): number {
  const head = headOf(answer);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return length === undefined ? Number.POSITIVE_INFINITY : head.length + 2 + Number(length);
}

/** The body of an answer 200 that is there to its last byte. */
function bodyOf(answer: Buffer): Buffer | undefined {
  const isGift = answer.toString('latin1', 0, 12) === 'HTTP/1.1 200';
  const isWhole = isGift && answer.length === lengthOf(answer);
  return isWhole ? answer.subarray(headOf(answer).length + 2) : undefined;
}
