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
async function connectAndWrite(text: string): Promise<Socket> {
  const accepted = once(server, 'connection');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(text);
  await accepted;
  return socket;
}

/** Reads until the connection ends or `minBytes` bytes have come; answers how many, and how it ended. */
async function read(socket: Socket, minBytes = Number.POSITIVE_INFINITY) {
  let size = 0;
  let end = '';
  const { promise, resolve } = Promise.withResolvers<void>();
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    end = (end + chunk.toString('latin1')).slice(-1000);
    if (size >= minBytes) resolve();
  };
  socket.on('data', onData).once('close', resolve);
  await promise;
  socket.off('data', onData).off('close', resolve).pause();
  return { size, end };
}

const nothing = { size: 0, end: '' };

function checkTwice(): void {
  server.closeIdleConnections();
  server.closeIdleConnections();
}

describe('a server that shuts down', () => {
  it('closes connections without a complete request', async () => {
    await open(() => expect.unreachable('no request expected'));
    const silent = await connectAndWrite('');
    const half = await connectAndWrite('GET / HTTP/1.1\r\nhost: x\r\n');
    checkTwice();
    expect(await Promise.all([read(silent), read(half)])).toEqual([nothing, nothing]);
  });

  it('closes connections whose responses are all sent', async () => {
    await open((_request, response) => response.end('well'));
    const idle = await connectAndWrite(whole);
    const nextIsHalf = await connectAndWrite(`${whole}GET / HT`);
    for (const socket of [idle, nextIsHalf]) expect((await read(socket, 1)).end).toMatch(/well$/);
    checkTwice();
    expect(await Promise.all([read(idle), read(nextIsHalf)])).toEqual([nothing, nothing]);
  });

  it('answers a request that arrives between two checks', async () => {
    const responses: ServerResponse[] = [];
    await open((_request, response) => void responses.push(response));
    const socket = await connectAndWrite('');
    server.closeIdleConnections();
    socket.write(whole);
    await once(server, 'request');
    server.closeIdleConnections();
    responses[0]?.end('well');
    expect((await read(socket, 1)).end).toMatch(/well$/);
  });

  it('waits for all pipelined responses', async () => {
    const { promise: both, resolve } = Promise.withResolvers<ServerResponse[]>();
    const responses: ServerResponse[] = [];
    await open((_request, response) => responses.push(response) === 2 && resolve(responses));
    const socket = await connectAndWrite(whole + whole);
    const [first, second] = (await both) as [ServerResponse, ServerResponse];
    first.end('first');
    await once(first, 'close');
    checkTwice();
    second.end('second');
    await once(second, 'close');
    checkTwice();
    expect((await read(socket)).end).toMatch(/first.*second$/s);
  });

  it('waits until a response is flushed, not only ended', async () => {
    // More than the system buffers.
    const large = 32 * 1024 * 1024;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    await open((_request, response) => {
      response.end(Buffer.alloc(large, 'x'));
      resolve();
    });
    const slow = await connectAndWrite(whole);
    await ended;
    checkTwice();
    expect((await read(slow, large)).size).toBeGreaterThanOrEqual(large);
  });

  it('waits for a connection that the server has half-closed', async () => {
    await open(() => expect.unreachable('no request expected'));
    server.once('connection', (connection: Socket) => connection.end('no'));
    const accepted = once(server, 'connection');
    await connectAndWrite('');
    const [ended] = (await accepted) as [Socket];
    checkTwice();
    expect(ended.destroyed).toBe(false);
  });

  it('waits for the rest of a rejected body, so that the client can read the response', async () => {
    const { promise: rejected, resolve } = Promise.withResolvers<void>();
    await open((_request, response) => response.once('close', resolve).end('no'));
    const socket = await connectAndWrite('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n1');
    await rejected;
    checkTwice();
    const next = once(server, 'request');
    socket.write(`2${whole}`);
    await next;
    expect((await read(socket, 1)).end).toMatch(/no$/);
  });
});
