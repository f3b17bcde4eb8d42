/** Answers that come before the body of their request has ended (RFC 9112, sections 9.3 and 9.6). */
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRawConnection } from '../clients/raw-connection.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
/** Refuses every gift by its limits. */
let busy: TestApp;
/** Refuses every gift for want of space. */
let full: TestApp;
beforeAll(async () => {
  app = await openTestApp({ MAX_FILE_SIZE: '3MiB' });
  busy = await openTestApp({ RATE_LIMIT: 'on', GIFTS_PER_MINUTE: '1' });
  await busy.upload('a.txt', 'a');
  full = await openTestApp({ FREE_SPACE_FLOOR: '900TiB' });
});
afterAll(() => Promise.all([app, busy, full].map((one) => one.close())));

interface Case {
  readonly status: number;
  readonly line: string;
  readonly headers?: string;
  readonly on?: () => TestApp;
}

const gift = 'POST /api/exchange?name=a.txt';
const cases: readonly Case[] = [
  { status: 201, line: `${gift.replace('exchange', 'draws')}`, headers: 'authorization: Bearer TICKET\r\n' },
  { status: 303, line: 'POST /share' },
  { status: 400, line: 'GET /api/pool/stats' },
  { status: 400, line: gift, headers: 'idempotency-key: short\r\n' },
  { status: 400, line: gift, headers: 'host: other\r\n' },
  { status: 401, line: 'POST /api/draws' },
  { status: 404, line: 'POST /nowhere' },
  { status: 404, line: 'POST /%E0%A4%A' },
  { status: 404, line: 'DELETE /api/tickets/t_AAAAAAAAAAAAAAAAAAAAAA' },
  { status: 405, line: 'PUT /api/exchange' },
  {
    status: 413,
    line: 'POST /api/deliveries/d_AAAAAAAAAAAAAAAAAAAAAA/report',
    headers: 'content-type: application/json\r\n',
  },
  { status: 415, line: 'POST /api/exchange?name=a.exe' },
  { status: 417, line: gift, headers: 'expect: a miracle\r\n' },
  { status: 429, line: gift, on: () => busy },
  { status: 507, line: gift, on: () => full },
];

const bodySize = 2_000_000;
const framings = {
  'Content-Length': (body: string) => [`content-length: ${body.length}\r\n`, body],
  chunked: (body: string) => ['transfer-encoding: chunked\r\n', `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
} as const;

/** Sends a request whole, as a client does that reads only afterwards, and answers all that comes back. */
async function sendWhole(port: number, bytes: string): Promise<string> {
  const socket = await openRawConnection(port);
  let received = '';
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  if (socket.errored) throw socket.errored;
  return received;
}

async function ticketOf(open: TestApp): Promise<string> {
  await open.upload('other.txt', `other ${Math.random()}`);
  const { ticket } = await open.client.give({ name: 'mine.txt', bytes: new Blob([`mine ${Math.random()}`]) });
  return ticket;
}

describe.each(Object.keys(framings) as (keyof typeof framings)[])('a large body by %s', (framing) => {
  it.each(cases)(
    '$line gets its $status, and the connection closes without a reset',
    async ({ status, line, headers = '', on }) => {
      const open = on?.() ?? app;
      const known = headers.includes('TICKET') ? headers.replace('TICKET', await ticketOf(open)) : headers;
      const [length, body] = framings[framing]('a'.repeat(bodySize));
      const answer = await sendWhole(open.port, `${line} HTTP/1.1\r\nhost: x\r\n${known}${length}\r\n${body}`);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).toMatch(/\r\nconnection: close\r\n/i);
      if (status >= 400) expect(answer).toContain('application/problem+json');
    },
  );
});

it('answers HTTP/1.0, and ignores a request pipelined behind the body', async () => {
  const body = 'a'.repeat(bodySize);
  const head = (version: string) =>
    `POST /api/exchange?name=a.exe HTTP/${version}\r\nhost: x\r\ncontent-length: ${bodySize}\r\n\r\n`;
  expect(await sendWhole(app.port, head('1.0') + body)).toMatch(/^HTTP\/1\.1 415 /);
  await app.upload('a.txt', 'free');
  const before = (await app.client.poolStats()).file_count;
  const answers = await sendWhole(app.port, `${head('1.1')}${body}GET /api/download HTTP/1.1\r\nhost: x\r\n\r\n`);
  expect(answers.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 415']);
  expect((await app.client.poolStats()).file_count).toBe(before);
});

it('never makes the next request of an agent wait or fail', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const request = (method: string, path: string, body = '') =>
    new Promise<number | undefined>((resolve, reject) => {
      http
        .request(app.url + path, { agent, method }, (answer) =>
          answer.resume().on('end', () => resolve(answer.statusCode)),
        )
        .on('error', reject)
        .end(body);
    });
  for (let i = 0; i < 5; i += 1) {
    expect(await request('POST', '/api/exchange?name=a.exe', 'a'.repeat(1_000_000))).toBe(415);
    expect(await request('GET', '/api/pool/stats')).toBe(200);
  }
  agent.destroy();
});

it('keeps the connection of a small refused body, which has arrived with its head', async () => {
  const refused = `POST /api/exchange?name=a.exe HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nMZab`;
  const last = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  const answers = await sendWhole(app.port, refused + last);
  expect(answers.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200']);
});
