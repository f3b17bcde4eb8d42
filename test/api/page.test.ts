/** How the service serves the page and its files. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { imageSize } from 'image-size';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/load-settings.ts';
import type { HttpServer } from '../../src/http/context.ts';
import { createServer } from '../../src/http/server.ts';
import { openGraph } from '../setup/open-graph.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { openTestApp, rawRequest, type TestApp, waitUntil } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

/** A request that leaves the content encoded; `fetch` would decode it. */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>();
  request(app.url + path, { headers, method }, resolve)
    .on('error', reject)
    .end();
  const answer = await promise;
  const bytes = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode, headers: answer.headers, bytes };
}

const decoders = { br: brotliDecompressSync, gzip: gunzipSync };

describe('the built page', () => {
  const parts = async () => {
    const page = (await ask('/')).bytes.toString();
    return [
      '/',
      // Fonts are compressed already.
      ...[...page.matchAll(/(?:src|href)="\.(\/assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path),
    ];
  };

  it('is compressed as the browser accepts it, with the same content', async () => {
    const paths = (await parts()) as string[];
    expect(paths.length).toBeGreaterThan(2);
    for (const path of paths) {
      const plain = await ask(path, { 'accept-encoding': 'identity' });
      expect(plain.headers['content-encoding']).toBeUndefined();
      for (const encoding of ['br', 'gzip'] as const) {
        const { status, headers, bytes } = await ask(path, { 'accept-encoding': encoding });
        expect([status, headers['content-encoding']]).toEqual([200, encoding]);
        expect(Number(headers['content-length'])).toBe(bytes.length);
        expect(bytes.length).toBeLessThan(plain.bytes.length);
        expect(decoders[encoding](bytes).equals(plain.bytes)).toBe(true);
        for (const name of ['content-type', 'cache-control', 'content-security-policy', 'vary']) {
          expect([name, headers[name]]).toEqual([name, plain.headers[name]]);
        }
        expect(headers.etag).not.toBe(plain.headers.etag);
      }
    }
  });

  it('is compressed for a current browser', async () => {
    const browser = { 'accept-encoding': 'gzip, deflate, br, zstd' };
    const page = await ask('/', browser);
    expect(page.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
    });
    const script = (await parts()).find((path) => path?.endsWith('.js')) as string;
    expect((await ask(script, browser)).headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': expect.stringMatching(/^(?:text|application)\/javascript; charset=utf-8$/),
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      vary: 'accept-encoding',
    });
    const known = { ...browser, 'if-none-match': String(page.headers.etag) };
    expect((await ask('/', known)).status).toBe(304);
    expect((await ask('/', browser, 'HEAD')).headers['content-length']).toBe(page.headers['content-length']);
  });

  it('describes itself to sites that show a link to it, with a picture', async () => {
    const html = (await ask('/')).bytes.toString();
    expect(html).toContain('<title>Random File Exchange</title>');
    expect(html).toMatch(/<meta\s+name="description"\s+content="Give a file/);
    const { title, description, image = '', ...facts } = openGraph(html);
    expect(title).toBe("Give a file. Get a stranger's.");
    expect(description).toMatch(/^Each file goes to one person/);
    const picture = await ask(new URL(image, `${app.url}/`).pathname);
    expect([picture.status, picture.headers['content-type']]).toEqual([200, 'image/png']);
    const { width, height } = imageSize(picture.bytes);
    expect([width, height].map(String)).toEqual([facts['image:width'], facts['image:height']]);
  });

  it('has a policy that allows in-memory content and only its own scripts', async () => {
    const policy = String((await ask('/')).headers['content-security-policy']).split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' blob:",
      'media-src blob:',
      "font-src 'self'",
      "connect-src 'self'",
      "manifest-src 'self'",
      "worker-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types own-scripts',
    ]);
  });
});

describe('well-known files beside the page', () => {
  const { place, write } = scratchFolder();
  let server: HttpServer;
  let url: string;
  beforeEach(async () => {
    const settings = readConfig([], {}, place('no.env'));
    const logger = pino({ level: 'silent' });
    const { context: exchange } = app.running;
    server = await createServer({
      exchange,
      settings,
      logger,
      logFault: () => undefined,
      webRoot: place(),
      readBuiltPage: async () => undefined,
      readPage: async () => undefined,
      version: '0',
    });
    url = await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(() => server.close());
  const get = (path: string) => fetch(url + path, { headers: { connection: 'close' } });

  it.each([
    ['/', 'index.html', 'text/html; charset=utf-8'],
    ['/sw.js', 'sw.js', /javascript; charset=utf-8$/],
    ['/manifest.webmanifest', 'manifest.webmanifest', 'application/manifest+json'],
    ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
    ['/icons/icon-192.png', 'icons/icon-192.png', 'image/png'],
    ['/icons/icon.svg', 'icons/icon.svg', 'image/svg+xml'],
  ])('answers 404 for %s until it exists, and reads it anew each time', async (path, file, type) => {
    const missing = await get(path);
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'no-store']);
    expect(await missing.json()).toMatchObject({ type: '/docs/problems#not-found' });
    write(file, 'what it holds');
    const there = await get(path);
    const { status, headers } = there;
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(await there.text()).toBe('what it holds');
    expect(headers.get('content-type')).toMatch(type);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await fetch(url + path, { method: 'POST' })).status).toBe(405);
  });

  it('serves no other file of the folder', async () => {
    const hidden = ['secret.txt', 'icons/notes.txt', 'icons/.hidden.png', 'icons/a.png.br'];
    for (const file of hidden) write(file, 'what it holds');
    const paths = hidden.map((file) => `/${file}`);
    for (const path of [...paths, '/icons/', '/icons/..%2fsecret.txt', '/icons/..%2Fa.png']) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });
});

describe('a file shared past the service worker', () => {
  it('gets the page as an answer, which explains it', async () => {
    const body = new FormData();
    body.append('file', new Blob(['mine']), 'mine.txt');
    const answer = await fetch(`${app.url}/share`, { method: 'POST', body, redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/?share=missing']);
    expect((await app.client.poolStats()).given_total).toBe(0);
    expect(await app.blobs()).toEqual([]);
  });

  const head =
    'POST /share HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 90000000\r\n\r\n';

  it('is answered before it has arrived, and then the connection is closed', async () => {
    expect(await rawRequest(app.port, head)).toMatch(/^HTTP\/1.1 303 [\s\S]*\r\nlocation: \/\?share=missing\r\n/);
  });

  it('may continue for a while, so that its sender can read the answer', async () => {
    const socket = connect(app.port, '127.0.0.1').on('error', () => undefined);
    const answer = text(socket);
    socket.write(head);
    const piece = Buffer.alloc(64 * 1024, 'x');
    let taken = 0;
    const count = (error?: Error | null) => {
      if (!error) taken += 1;
    };
    const sending = setInterval(() => socket.writable && socket.write(piece, count), 20);
    await waitUntil(() => taken > 10);
    clearInterval(sending);
    expect(await answer.catch(() => '')).toMatch(/^HTTP\/1.1 303 /);
  });
});

describe('an unknown address', () => {
  const visit = (accept: string) => fetch(`${app.url}/nope`, { headers: { accept } });

  it('is a page for a browser, with a way back', async () => {
    const answer = await visit('text/html,application/xhtml+xml,*/*;q=0.8');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(answer.headers.get('vary')).toContain('Accept');
    expect(await answer.text()).toContain('<a href="/">To the exchange</a>');
  });

  it('is a problem for a script', async () => {
    const answer = await visit('*/*');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  });
});
