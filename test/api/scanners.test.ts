/** A scanner and a hook over HTTP: only a clean answer lets a gift in, whatever else they do. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProblemBody } from '../../src/contract/problems/problem.ts';
import { type ClamdBehaviour, startFakeClamd } from '../setup/clamd.ts';
import { freePort } from '../setup/ports.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(settings: Record<string, string>): Promise<TestApp> {
  const app = await openTestApp({ INSPECT_TIMEOUT: '300ms', ...settings });
  closing.push(() => app.close());
  return app;
}

async function verdictOf(app: TestApp, bytes: string | Uint8Array = 'hello'): Promise<string> {
  const answer = await app.upload('hällo wörld.txt', bytes);
  const kept = (await app.blobs()).length;
  if (answer.ok) return `accepted, ${kept} kept`;
  const { type, reason = '' } = (await answer.json()) as ProblemBody;
  return `${answer.status} ${type.replace(/^.*#/, '')} ${reason}, ${kept} kept`.replace(' ,', ',');
}

const failing = '503 inspection-failing, 0 kept';
const large = Buffer.alloc(3_000_000, 'large ');

async function clamd(behaviour: ClamdBehaviour) {
  const fake = await startFakeClamd(behaviour);
  closing.push(fake.stop);
  return fake;
}
const answering = (answer: string): ClamdBehaviour => ({ whole: (socket) => void socket.end(answer) });

describe('clamd', () => {
  it.each([
    ['at rest in a small file', {}, Buffer.from('hello')],
    ['at rest in a file', {}, large],
    ['encrypted at rest', { ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 7).toString('base64')}` }, large],
  ])('sees the bytes as they were given: %s', async (_, settings, bytes) => {
    const fake = await clamd(answering('stream: OK\0'));
    const app = await open({ CLAMD_URL: fake.url, INSPECT_TIMEOUT: '20s', ...settings });
    expect(await verdictOf(app, bytes)).toBe('accepted, 1 kept');
    expect(fake.received().equals(bytes)).toBe(true);
  });

  it('refuses what it finds', async () => {
    const fake = await clamd(answering('stream: Eicar-Signature FOUND\0'));
    expect(await verdictOf(await open({ CLAMD_URL: fake.url }))).toBe('422 file-refused malware, 0 kept');
  });

  it.each<[what: string, behaviour: ClamdBehaviour]>([
    ['ends the connection', { begun: (socket) => socket.destroy() }],
    ['answers nothing', { whole: (socket) => void socket.end() }],
    ['never answers', {}],
    ['says that the file is over its limit', answering('INSTREAM size limit exceeded. ERROR\0')],
    ['answers with a part of the clean answer', answering('stream: OK')],
    ['answers with other words', answering('stream: OK, mostly\0')],
    ['answers without an end', answering('x'.repeat(9999))],
    ['answers before it has all bytes', { begun: (socket) => void socket.write('stream: OK\0') }],
  ])('that %s lets nothing in', async (_, behaviour) => {
    const fake = await clamd(behaviour);
    expect(await verdictOf(await open({ CLAMD_URL: fake.url }), large)).toBe(failing);
  });

  it('that is down is named in the log', async () => {
    const lines: string[] = [];
    const log = { write: (line: string) => void lines.push(line) };
    const settings = { CLAMD_URL: `tcp://127.0.0.1:${await freePort()}`, LOG_LEVEL: 'error' };
    const app = await openTestApp(settings, { log });
    closing.push(() => app.close());
    expect(await verdictOf(app)).toBe(failing);
    expect(lines.filter((line) => line.includes('the inspector \\"clamd\\" failed'))).toHaveLength(1);
  });

  it('that is down lets nothing in', async () => {
    const url = `tcp://127.0.0.1:${await freePort()}`;
    expect(await verdictOf(await open({ CLAMD_URL: url }))).toBe(failing);
    expect(await verdictOf(await open({ CLAMD_URL: 'unix:///nowhere/clamd.sock' }))).toBe(failing);
  });
});

type Answer = (bytes: Buffer, response: ServerResponse, request: IncomingMessage) => void;

async function hook(answer: Answer): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    answer(Buffer.concat(chunks), response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/inspect`;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const says =
  (verdict: unknown): Answer =>
  (_, response) =>
    void response.end(JSON.stringify(verdict));

describe('the hook', () => {
  it('gets facts and bytes, and lets a gift in with their SHA-256', async () => {
    let facts: IncomingMessage['headers'] = {};
    const url = await hook((bytes, response, { headers }) => {
      facts = headers;
      response.end(JSON.stringify({ verdict: 'accept', sha256: sha256(bytes) }));
    });
    const app = await open({ INSPECT_URL: url, INSPECT_TIMEOUT: '20s' });
    expect(await verdictOf(app, large)).toBe('accepted, 1 kept');
    expect(facts).toMatchObject({
      'exchange-name': 'h%C3%A4llo%20w%C3%B6rld.txt',
      'exchange-kind': 'text',
      'exchange-type': 'text/plain',
      'exchange-size': '3000000',
    });
  });

  it('may take longer than a connection may be silent', async () => {
    const url = await hook((bytes, response) => {
      setTimeout(() => response.end(JSON.stringify({ verdict: 'accept', sha256: sha256(bytes) })), 2500);
    });
    const app = await open({ INSPECT_URL: url, INSPECT_TIMEOUT: '20s', IDLE_TIMEOUT: '1s' });
    expect(await verdictOf(app, large)).toBe('accepted, 1 kept');
  });

  it.each<[verdict: string, reason: string]>([
    ['refuse', 'hook-refused'],
    ['hold', 'hook-held'],
  ])('that says %s refuses the gift', async (verdict, reason) => {
    const app = await open({ INSPECT_URL: await hook(says({ verdict })) });
    expect(await verdictOf(app)).toBe(`422 file-refused ${reason}, 0 kept`);
  });

  it.each<[what: string, answer: Answer]>([
    ['accepts other bytes', says({ verdict: 'accept', sha256: sha256(Buffer.from('other')) })],
    ['accepts without a SHA-256', says({ verdict: 'accept' })],
    ['has no verdict', says({ ok: true })],
    ['answers null', says(null)],
    ['answers with a page', (_, response) => void response.end('<p>OK</p>')],
    ['answers nothing', (_, response) => void response.end()],
    [
      'fails',
      (bytes, response) =>
        void response.writeHead(500).end(JSON.stringify({ verdict: 'accept', sha256: sha256(bytes) })),
    ],
    ['redirects', (_, response) => void response.writeHead(307, { location: '/other' }).end()],
    ['breaks off', (_, response) => void response.destroy()],
    ['never answers', () => undefined],
    ['answers without an end', (_, response) => void response.end(' '.repeat(70_000))],
  ])('that %s lets nothing in', async (_, answer) => {
    expect(await verdictOf(await open({ INSPECT_URL: await hook(answer) }))).toBe(failing);
  });

  it('that is down lets nothing in', async () => {
    const app = await open({ INSPECT_URL: `http://127.0.0.1:${await freePort()}/` });
    expect(await verdictOf(app)).toBe(failing);
  });
});
