/** The contract's table agrees with the routes, the problem codes and the documents. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/contract/api/endpoint.ts';
import { endpoints } from '../../src/contract/api/endpoints.ts';
import { type ProblemCode, problems } from '../../src/contract/problems/codes.ts';
import { Problem, problemFrom } from '../../src/contract/problems/problem.ts';
import { rejectionReasons } from '../../src/contract/problems/rejection-reasons.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

let testApp: TestApp;
beforeAll(async () => {
  testApp = await openTestApp();
});
afterAll(() => testApp.close());

const table = endpoints as readonly Endpoint[];

interface Operation {
  responses: object;
  requestBody?: { content: Record<string, { schema: object }> };
}

const source = (folder: string): string =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.ts$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

describe('the contract', () => {
  it('lists only routes that the server has', () => {
    for (const { method, path } of table) {
      expect([path, testApp.running.app.hasRoute({ method, url: path })]).toEqual([path, true]);
    }
  });

  it('defines every problem that is thrown, and no other', () => {
    const rooms = ['accounts', 'exchange', 'http', 'inspection', 'ledger', 'vault'];
    const text = rooms.map((room) => source(join(import.meta.dirname, '../..', 'src', room))).join('\n');
    const named = new Set([...text.matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map(([, word]) => word));
    expect(Object.keys(problems).filter((code) => !named.has(code))).toEqual([]);
    for (const [, code] of text.matchAll(/new Problem\(\s*'([^']+)'/g)) {
      expect(problems).toHaveProperty([code as string]);
    }
  });

  it('names every problem at an endpoint', () => {
    const named = new Set(table.flatMap((endpoint) => endpoint.problems));
    const everywhere = [
      'bad-request',
      'not-found',
      'method-not-allowed',
      'expectation-failed',
      'unexpected',
      'too-slow',
    ];
    expect(
      Object.keys(problems).filter((code) => !named.has(code as ProblemCode) && !everywhere.includes(code)),
    ).toEqual([]);
  });

  it('uses every rejection reason, each with its own sentence', () => {
    const rooms = ['exchange', 'http', 'inspection', 'ledger', 'vault'];
    const text = rooms.map((room) => source(join(import.meta.dirname, '../..', 'src', room))).join('\n');
    expect(Object.keys(rejectionReasons).filter((reason) => !text.includes(`'${reason}'`))).toEqual([]);
    const sentences = Object.values(rejectionReasons).map(({ sentence }) => sentence);
    expect(new Set(sentences).size).toBe(sentences.length);
  });

  it('is an OpenAPI document with every endpoint', async () => {
    const document = (await (await fetch(`${testApp.url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, Record<string, Operation>>;
    };
    expect(document.openapi).toBe('3.1.0');
    for (const { method, path, answers, body } of table) {
      const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(Object.keys(answers)));
      const json = operation?.requestBody?.content['application/json'];
      expect(json?.schema).toEqual(body && JSON.parse(JSON.stringify(body)));
    }
  });

  it('is served as documentation', async () => {
    const page = await fetch(`${testApp.url}/docs`);
    expect(page.headers.get('content-type')).toMatch(/^text\/markdown/);
    expect(await page.text()).toContain('POST /api/exchange');
    expect((await fetch(`${testApp.url}/docs/problems`)).status).toBe(200);
    expect((await fetch(`${testApp.url}/docs/nothing`)).status).toBe(404);
  });

  it('reads a problem from its JSON', () => {
    for (const code of Object.keys(problems) as ProblemCode[]) {
      const sent = new Problem(code, { detail: 'Just so.', retryAfter: 7 });
      const read = problemFrom(JSON.parse(JSON.stringify(sent.body())));
      expect([read.code, read.message, read.retryAfter, read.status]).toEqual([
        code,
        'Just so.',
        7,
        problems[code].status,
      ]);
    }
    const facts = { reason: 'program-name', extension: 'exe', limit: 7 } as const;
    const named = new Problem('executable-refused', facts);
    const read = problemFrom(JSON.parse(JSON.stringify(named.body())));
    expect([read.message, read.facts]).toEqual([named.message, facts]);
    expect(problemFrom({ ...named.body(), reason: 'toString' }).message).toBe(named.message);
    expect(problemFrom('<html>').code).toBe('unexpected');
    expect(problemFrom({ type: '/docs/problems#toString' }).code).toBe('unexpected');
  });
});
