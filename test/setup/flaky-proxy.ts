/** A TCP proxy between browser and service that breaks or stalls connections on demand. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Time for the page to read what has arrived before the connection breaks, in milliseconds: unread data is discarded.
 */
const readTimeMs = 300;

export interface FlakyProxy {
  readonly url: string;
  /**
   * Breaks one connection after a number of bytes of its answer, optionally only for requests that start with
   * `request`.
   */
  breakAfter(bytes: number, request?: string): void;
  /** True if the requested break has happened. */
  hasBroken(): boolean;
  /** Stalls the answer to the next request that starts with `request`, after about a number of bytes. */
  stallAfter(bytes: number, request: string): void;
  /** Breaks all connections and refuses new ones until `comeUp`. */
  goDown(): void;
  comeUp(): void;
  close(): void;
}

/** A single break or stall after a number of bytes. */
interface Limit {
  readonly bytes: number;
  readonly request: string;
}

interface Plan {
  breaking?: Limit | undefined;
  stalling?: Limit | undefined;
}

export async function openFlakyProxy(port: number): Promise<FlakyProxy> {
  const plan: Plan = {};
  let isDown = false;
  const open = new Set<Socket>();
  const breakAll = () => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  const server = createServer((client) => {
    if (isDown) return void client.destroy();
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => [client, upstream].map((one) => one.destroy()));
    }
    relay(client, upstream, plan);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    breakAfter: (bytes, request = '') => {
      plan.breaking = { bytes, request };
    },
    hasBroken: () => plan.breaking === undefined,
    stallAfter: (bytes, request) => {
      plan.stalling = { bytes, request };
    },
    goDown: () => {
      isDown = true;
      breakAll();
    },
    comeUp: () => {
      isDown = false;
    },
    close: () => {
      breakAll();
      server.close();
    },
  };
}

/** Passes bytes in both directions until a limit of the plan is reached. */
function relay(client: Socket, upstream: Socket, plan: Plan): void {
  let carried = 0;
  let request = '';
  client.on('data', (chunk: Buffer) => {
    const start = chunk.toString('latin1', 0, 80);
    if (!/^[A-Z]+ \//.test(start)) return;
    request = start;
    carried = 0;
  });
  client.pipe(upstream);
  const isReached = (limit: Limit | undefined) =>
    limit !== undefined && carried > limit.bytes && request.startsWith(limit.request);
  upstream.on('data', (chunk: Buffer) => {
    carried += chunk.length;
    if (isReached(plan.breaking)) {
      plan.breaking = undefined;
      upstream.removeAllListeners('data').pause();
      // Data before the break still arrives, but not even the head of another answer does.
      const breakNow = () => client.end(chunk.subarray(0, 10), () => client.destroy());
      return void setTimeout(breakNow, readTimeMs);
    }
    client.write(chunk);
    if (!isReached(plan.stalling)) return;
    plan.stalling = undefined;
    upstream.pause();
  });
}
