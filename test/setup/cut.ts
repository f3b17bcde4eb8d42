/** A line between a browser and the service that breaks when it is told to. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Line {
  readonly url: string;
  /** Breaks the next connection that carries more than so many bytes of answers, once; only that of a request that begins so. */
  breakAfter(bytes: number, request?: string): void;
  /** Whether it has broken since it was told to. */
  hasBroken(): boolean;
  /** Breaks all there is, and lets nothing through until it is up again. */
  down(): void;
  up(): void;
  close(): void;
}

export async function lineTo(port: number): Promise<Line> {
  let limit = Number.POSITIVE_INFINITY;
  let meant = '';
  let isDown = false;
  const open = new Set<Socket>();
  const breakAll = () => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  const server = createServer((near) => {
    if (isDown) return void near.destroy();
    const far = connect(port, '127.0.0.1');
    let carried = 0;
    let asked = '';
    for (const socket of [near, far]) {
      open.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => [near, far].map((one) => one.destroy()));
    }
    near.on('data', (chunk: Buffer) => {
      const start = chunk.toString('latin1', 0, 80);
      if (/^[A-Z]+ \//.test(start)) asked = start;
    });
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      carried += chunk.length;
      if (carried <= limit || !asked.startsWith(meant)) return void near.write(chunk);
      limit = Number.POSITIVE_INFINITY;
      // Not even the head of an answer gets through.
      near.end(chunk.subarray(0, 10), () => near.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    breakAfter: (bytes, request = '') => {
      limit = bytes;
      meant = request;
    },
    hasBroken: () => limit === Number.POSITIVE_INFINITY,
    down: () => {
      isDown = true;
      breakAll();
    },
    up: () => {
      isDown = false;
    },
    close: () => {
      breakAll();
      server.close();
    },
  };
}
