/** Any file is taken but programs: the kind "other", and what cannot be taken with the sentence that says why. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PoolStats, UploadAnswer } from '../../src/contract/api/schemas.ts';
import type { ProblemBody } from '../../src/contract/problems/problem.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const noise = Buffer.from([0, 1, 2, 255, 254, 128]);

it('takes a file of unknown type as kind "other", counts it, and passes it on', async () => {
  const answer = await app.upload('save.kdbx', noise);
  expect(answer.status).toBe(200);
  const given = (await answer.json()) as UploadAnswer;
  expect(given).toMatchObject({ kind: 'other', mime_type: 'application/octet-stream' });
  expect(given.filename).toMatch(/\.kdbx$/);
  await app.upload('nothing.known', Buffer.concat([noise, noise]));
  const stats = (await (await fetch(`${app.url}/api/pool/stats`)).json()) as PoolStats;
  expect(stats).toMatchObject({
    file_count: 2,
    file_types: ['kdbx', 'unknown'],
    kinds: [{ kind: 'other', file_count: 2, total_size: 1024 }],
  });
  const drawn = await fetch(`${app.url}/api/download`);
  expect(drawn.headers.get('content-type')).toBe('application/octet-stream');
  expect((await drawn.arrayBuffer()).byteLength).toBeGreaterThan(0);
});

const problemOf = async (answer: Response) => {
  const { type, detail } = (await answer.json()) as ProblemBody;
  return [answer.status, type.replace(/^.*#/, ''), detail];
};

it('refuses a program with the sentence of its reason', async () => {
  expect(await problemOf(await app.upload('invoice.pdf.js', 'hello'))).toEqual([
    415,
    'executable-refused',
    "A file with .js in its name counts as a program. We don't pass programs on; nothing was kept.",
  ]);
});

it('refuses a compressed body, whose bytes are not the file', async () => {
  const form = new FormData();
  form.append('file', new Blob(['hello']), 'a.txt');
  const packed = { method: 'POST', headers: { 'content-encoding': 'gzip' } };
  const answers = [
    await fetch(`${app.url}/api/exchange?name=a.txt`, { ...packed, body: gzipSync('hello') }),
    await fetch(`${app.url}/api/upload`, { ...packed, body: form }),
  ];
  for (const answer of answers) {
    expect(answer.headers.get('accept-encoding')).toBe('identity');
    expect(await problemOf(answer)).toEqual([
      415,
      'encoding-unknown',
      expect.stringContaining('without Content-Encoding'),
    ]);
  }
  const plain = { method: 'POST', body: 'hello', headers: { 'content-encoding': 'identity' } };
  expect((await fetch(`${app.url}/api/exchange?name=a.txt`, plain)).ok).toBe(true);
});

it.each([
  ['/api/exchange', 405],
  ['/api/upload', 405],
  ['/a.txt', 404],
  ['/api/upload/a.txt', 404],
])('tells curl -T what to type: PUT %s', async (path, status) => {
  const answer = await fetch(`${app.url}${path}`, { method: 'PUT', body: 'hello' });
  const [found, , detail] = await problemOf(answer);
  expect([found, detail]).toEqual([status, expect.stringContaining('curl -F file=@NAME')]);
});
