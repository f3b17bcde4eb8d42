import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../http/context.ts';
import { assertPortFree, listen } from './listen.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Listens on a free port and returns it. */
async function occupyPort(reusePort: boolean): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', reusePort }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

const at = (port: number) => ({ PORT: port, HOST: '127.0.0.1' });

describe('assertPortFree', () => {
  it.each([false, true])('rejects a port in use (reusePort: %s)', async (reusePort) => {
    const port = await occupyPort(reusePort);
    await expect(assertPortFree(at(port))).rejects.toThrow(
      `Port ${port} is in use; stop what uses it or choose another with --port.`,
    );
  });

  it('waits for a port that is released soon', async () => {
    const port = await occupyPort(true);
    setTimeout(() => servers.pop()?.close(), 100);
    await assertPortFree(at(port));
  });

  it('accepts port 0 and any free port', async () => {
    await assertPortFree(at(0));
    const port = await occupyPort(false);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    await assertPortFree(at(port));
  });
});

describe('listen', () => {
  it('rejects a shared port where the operating system has no SO_REUSEPORT', async () => {
    const unsupported = async () => {
      throw Object.assign(new Error('listen ENOTSUP'), { code: 'ENOTSUP' });
    };
    const app = { listen: unsupported } as unknown as HttpServer;
    await expect(listen({ app }, at(0), true)).rejects.toThrow(
      'This operating system cannot share a port between processes; set WORKERS to 1.',
    );
  });
});
