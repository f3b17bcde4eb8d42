import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeIdleOnly } from './idle-connections.ts';
import { trackResponses } from './responses-in-flight.ts';

const whole = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function open(answer: RequestListener): Promise<void> {
  server = createServer(answer);
  closeIdleOnly(server, trackResponses(server));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** Opens a connection to the server and writes this text. */
async function say(words: string): Promise<Socket> {
  const taken = once(server, 'connection');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(words);
  await taken;
  return socket;
}

/** Reads until the connection ends or `enough` bytes have come; answers how many, and how it ended. */
async function read(socket: Socket, enough = Number.POSITIVE_INFINITY) {
  let size = 0;
  let end = '';
  const { promise, resolve } = Promise.withResolvers<void>();
  const hear = (chunk: Buffer) => {
    size += chunk.length;
    end = (end + chunk.toString('latin1')).slice(-1000);
    if (size >= enough) resolve();
  };
  socket.on('data', hear).once('close', resolve);
  await promise;
  socket.off('data', hear).off('close', resolve).pause();
  return { size, end };
}

const nothing = { size: 0, end: '' };

function lookTwice(): void {
  server.closeIdleConnections();
  server.closeIdleConnections();
}

describe('a server that ends', () => {
  it('closes connections that asked for nothing, and that did not say all of it', async () => {
    await open(() => expect.unreachable('nothing was asked'));
    const silent = await say('');
    const half = await say('GET / HTTP/1.1\r\nhost: x\r\n');
    lookTwice();
    expect(await Promise.all([read(silent), read(half)])).toEqual([nothing, nothing]);
  });

  it('closes connections on which everything is answered', async () => {
    await open((_request, response) => response.end('well'));
    const idle = await say(whole);
    const nextIsHalf = await say(`${whole}GET / HT`);
    for (const socket of [idle, nextIsHalf]) expect((await read(socket, 1)).end).toMatch(/well$/);
    lookTwice();
    expect(await Promise.all([read(idle), read(nextIsHalf)])).toEqual([nothing, nothing]);
  });

  it('answers what comes between one look and the next', async () => {
    const responses: ServerResponse[] = [];
    await open((_request, response) => void responses.push(response));
    const socket = await say('');
    server.closeIdleConnections();
    socket.write(whole);
    await once(server, 'request');
    server.closeIdleConnections();
    responses[0]?.end('well');
    expect((await read(socket, 1)).end).toMatch(/well$/);
  });

  it('waits for all answers', async () => {
    const { promise: both, resolve } = Promise.withResolvers<ServerResponse[]>();
    const responses: ServerResponse[] = [];
    await open((_request, response) => responses.push(response) === 2 && resolve(responses));
    const socket = await say(whole + whole);
    const [first, second] = (await both) as [ServerResponse, ServerResponse];
    first.end('first');
    await once(first, 'close');
    lookTwice();
    second.end('second');
    await once(second, 'close');
    lookTwice();
    expect((await read(socket)).end).toMatch(/first.*second$/s);
  });

  it('waits until an answer is out, and not only said', async () => {
    // More than the system buffers.
    const large = 32 * 1024 * 1024;
    const { promise: said, resolve } = Promise.withResolvers<void>();
    await open((_request, response) => {
      response.end(Buffer.alloc(large, 'x'));
      resolve();
    });
    const slow = await say(whole);
    await said;
    lookTwice();
    expect((await read(slow, large)).size).toBeGreaterThanOrEqual(large);
  });

  it('waits for what it has ended itself', async () => {
    await open(() => expect.unreachable('nothing was asked'));
    server.once('connection', (taken: Socket) => taken.end('no'));
    const taken = once(server, 'connection');
    await say('');
    const [ended] = (await taken) as [Socket];
    lookTwice();
    expect(ended.destroyed).toBe(false);
  });

  it('waits while the rest of what was refused comes in, so that its sender can read why', async () => {
    const { promise: refused, resolve } = Promise.withResolvers<void>();
    await open((_request, response) => response.once('close', resolve).end('no'));
    const socket = await say('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n1');
    await refused;
    lookTwice();
    const next = once(server, 'request');
    socket.write(`2${whole}`);
    await next;
    expect((await read(socket, 1)).end).toMatch(/no$/);
  });
});
