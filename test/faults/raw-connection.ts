/** Downloads over a raw connection, for clients that stop reading at any byte. */
import type { Socket } from 'node:net';
import { openRawConnection } from '../clients/raw-connection.ts';
import { createResponseReader, type HttpResponse } from '../clients/response-reader.ts';
import type { ClientState } from './client-state.ts';

/** A connection to one of the processes. */
export function connectTo(state: ClientState): Promise<Socket> {
  const { hostname, port } = new URL(state.url());
  return openRawConnection(Number(port), hostname);
}

interface RawDownload {
  /** Still open, unless the service closed it. */
  readonly socket: Socket;
  /** The body of a 200 that came to its last byte. */
  readonly bytes: Buffer | undefined;
  /** Where it can be fetched again. */
  readonly url: string;
}

/**
 * Requests a gift and reads at least `minBytes` of the response. A response that came whole counts as received.
 */
export async function downloadRaw(state: ClientState, path: string, minBytes: number): Promise<RawDownload> {
  const socket = await connectTo(state);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  let whole: HttpResponse | undefined;
  const reader = createResponseReader({ maxBody: Number.POSITIVE_INFINITY }, (response) => {
    whole = response;
  });
  let received = 0;
  const timer = setTimeout(() => socket.destroy(), 5_000);
  try {
    for await (const chunk of minBytes > 0 ? socket.iterator({ destroyOnReturn: false }) : []) {
      reader.read(chunk as Buffer);
      received += (chunk as Buffer).length;
      // Bytes that wait in this process have been delivered: the service cannot tell that nothing will read them.
      const total = received + (reader.missingBytes() ?? Number.POSITIVE_INFINITY);
      if (whole || (received >= minBytes && socket.bytesRead < total)) break;
    }
  } catch {
    // The service hung up.
  }
  clearTimeout(timer);
  const begun = whole ?? reader.end();
  return {
    socket,
    bytes: whole?.status === 200 ? Buffer.from(whole.body, 'latin1') : undefined,
    url: /\r\ncontent-location: (\S+)/i.exec(begun?.head ?? '')?.[1] ?? path,
  };
}
