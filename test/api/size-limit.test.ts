/**
 * The size limit holds to the byte for every encoding (R13). A larger file is refused before the rest is read.
 */
import { Agent } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Upload, upload } from '../clients/transfers.ts';
import { openTestApp, rawRequest, type TestApp } from '../setup/test-app.ts';

const limit = 52_428_800;
const agent = new Agent();
let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());
afterEach(() => agent.destroy());

const give = (as: Upload['as'], size: number) => upload({ url: app.url, agent, as, size, mark: size });

/** Sends the start of a request and nothing more; the response must come nevertheless. */
const begin = (headers: readonly string[], body: string | Uint8Array = '') =>
  rawRequest(
    app.port,
    Buffer.concat([
      Buffer.from(['POST /api/exchange?name=big.zip HTTP/1.1', 'host: x', ...headers, '', ''].join('\r\n')),
      Buffer.from(body as Uint8Array),
    ]),
    (answer) => /\r\n\r\n\{.*\}$/s.test(answer),
  );

const zeros = (size: number) => Buffer.alloc(size);
const formType = 'content-type: multipart/form-data; boundary=border';
const formHead = '--border\r\ncontent-disposition: form-data; name="file"; filename="big.zip"\r\n\r\n';
/** A chunk of a body, except the last one. */
const chunk = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

describe.each(['form', 'raw', 'chunked'] as const)('as %s', (as) => {
  it(`accepts ${limit} bytes`, async () => {
    const { status, body } = await give(as, limit);
    expect({ status, gift: JSON.parse(body).gift }).toMatchObject({
      status: 201,
      gift: { size: limit },
    });
  });
});

describe('one byte more', () => {
  const begun: readonly (readonly [string, () => Promise<string>])[] = [
    ['raw, announced', () => begin([`content-length: ${limit + 1}`])],
    ['form, announced', () => begin([formType, `content-length: ${2 * limit}`])],
    [
      'form whose length leaves room for its own lines',
      () =>
        begin(
          [formType, `content-length: ${limit + 60_000}`],
          Buffer.concat([Buffer.from(formHead), zeros(limit + 1)]),
        ),
    ],
    ['raw in chunks', () => begin(['transfer-encoding: chunked'], chunk(zeros(limit + 1)))],
    [
      'form in chunks',
      () =>
        begin(
          [formType, 'transfer-encoding: chunked'],
          chunk(Buffer.concat([Buffer.from(formHead), zeros(limit + 1), zeros(100)])),
        ),
    ],
    ['raw, asking first', () => begin([`content-length: ${limit + 1}`, 'expect: 100-continue'], '')],
    ['form, asking first', () => begin([formType, `content-length: ${2 * limit}`, 'expect: 100-continue'], '')],
  ];

  it.each(begun)('refuses %s while the sender waits', async (_how, send) => {
    const before = await app.blobs();
    const answer = await send();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"type":"/docs/problems#too-large"');
    expect(answer).toContain(`"limit":${limit}`);
    expect(await app.blobs()).toEqual(before);
  });
});
