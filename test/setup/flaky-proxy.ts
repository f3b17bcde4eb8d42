/** A line between a browser and the service that breaks, or holds back what it carries, when it is told to. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** How long a page may take to read what has arrived, in milliseconds: what it has not read by then, it forgets. */
const reading = 300;

export interface FlakyProxy {
  readonly url: string;
  /** Breaks the next connection that carries more than so many bytes of an answer, once; only that to a request that begins so. */
  breakAfter(bytes: number, request?: string): void;
  /** Whether it has broken since it was told to. */
  hasBroken(): boolean;
  /** Carries no more than about so many bytes of the next answer to a request that begins so, until it breaks. */
  holdAfter(bytes: number, request: string): void;
  /** Breaks all there is, and lets nothing through until it is up again. */
  goDown(): void;
  comeUp(): void;
  close(): void;
}

/** Something to do, once, when more than so many bytes of an answer have been carried. */
interface Limit {
  readonly bytes: number;
  readonly request: string;
}

export async function openFlakyProxy(port: number): Promise<FlakyProxy> {
  let breaking: Limit | undefined;
  let holding: Limit | undefined;
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
      if (!/^[A-Z]+ \//.test(start)) return;
      asked = start;
      carried = 0;
    });
    near.pipe(far);
    const isOver = (limit: Limit | undefined) =>
      limit !== undefined && carried > limit.bytes && asked.startsWith(limit.request);
    far.on('data', (chunk: Buffer) => {
      carried += chunk.length;
      if (isOver(breaking)) {
        breaking = undefined;
        far.removeAllListeners('data').pause();
        // What came before still arrives, and is read; but not even the head of an answer gets through.
        const breakNow = () => near.end(chunk.subarray(0, 10), () => near.destroy());
        return void setTimeout(breakNow, reading);
      }
      near.write(chunk);
      if (!isOver(holding)) return;
      holding = undefined;
      far.pause();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    breakAfter: (bytes, request = '') => {
      breaking = { bytes, request };
    },
    hasBroken: () => breaking === undefined,
    holdAfter: (bytes, request) => {
      holding = { bytes, request };
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
