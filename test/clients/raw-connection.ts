/** TCP connections for clients that no HTTP library imitates: slow, silent, cut in the middle. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * Resolves with a paused socket, connected or already closed: nothing is read before the caller resumes it.
 */
export async function openRawConnection(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host, noDelay: true });
  socket.on('error', () => undefined);
  socket.pause();
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
  return socket;
}

/**
 * Opens connections one after another, each of which sends one text. With workers, each goes to the next one.
 */
export async function openConnections(port: number, ...texts: readonly string[]): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (const text of texts) {
    const socket = (await openRawConnection(port)).resume();
    if (socket.errored) throw socket.errored;
    socket.write(text);
    sockets.push(socket);
  }
  return sockets;
}
