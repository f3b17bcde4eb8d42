/** A host that serves an exchange below a path, and nothing else. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface PathProxy {
  /** The address of the exchange; it ends with a slash. */
  readonly url: string;
  /** Requests for anything outside of the path. */
  readonly outside: string[];
  /** Passes requests to this port from now on. */
  leadTo(port: number): void;
  /** Refuses all requests, as if nothing ran behind it. */
  goDown(): void;
  close(): void;
}

/** Opens a proxy that takes the path away, or passes it on. */
export async function openPathProxy(path: `/${string}/`, takesPath: boolean): Promise<PathProxy> {
  let port: number | undefined;
  const outside: string[] = [];
  const server = createServer((incoming, answer) => {
    const { url = '', method, headers } = incoming;
    if (!url.startsWith(path)) {
      outside.push(`${method} ${url}`);
      return void answer.writeHead(404).end();
    }
    if (port === undefined) return void incoming.socket.destroy();
    const target = takesPath ? url.slice(path.length - 1) : url;
    // As nginx does by default, it names the host behind it.
    const options = { port, method, path: target, headers: { ...headers, host: `127.0.0.1:${port}` } };
    const passed = request(options, (answered) => {
      answer.writeHead(answered.statusCode ?? 0, answered.headers);
      pipeline(answered, answer, () => undefined);
    });
    answer.on('close', () => passed.destroy());
    pipeline(incoming, passed, () => undefined);
    passed.on('error', () => answer.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}${path}`,
    outside,
    leadTo: (to) => {
      port = to;
    },
    goDown: () => {
      port = undefined;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
