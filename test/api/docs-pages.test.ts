/** The documentation on a running service: a page for a browser, whose links work, and Markdown for scripts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

const browser = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
const idsIn = (html: string) => [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id = '']) => id);
const linksIn = (html: string) => [...html.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link);

describe.each([
  ['at the root', ''],
  ['below a path', '/exchange'],
])('the documentation %s', (_where, path) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(path ? { BASE_URL: `https://example.org${path}/` } : {});
  });
  afterAll(() => app.close());

  it.each([
    '/docs',
    '/docs/problems',
    '/docs/account-api',
    '/docs/desk-api',
    '/docs/room-api',
    '/docs/operations-api',
    '/docs/reasons',
  ])('%s is a page with links that lead on', async (page) => {
    const answer = await fetch(app.url + page, browser);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.headers.get('vary')).toContain('Accept');
    const html = await answer.text();
    expect(html).toMatch(/<title>[\w .]+ · Random File Exchange<\/title>/);
    expect(html).not.toMatch(/\]\(|\.md\b.*<\/a>/);
    const links = new Set(linksIn(html));
    const pages = new Map<string, string[]>();
    for (const link of links) {
      const { pathname, hash } = new URL(link, `${app.url}${path}${page}`);
      if (!pages.has(pathname)) {
        const target = await fetch(app.url + pathname, browser);
        expect([link, target.status]).toEqual([link, 200]);
        pages.set(pathname, idsIn(await target.text()));
      }
      if (hash !== '') expect([link, pages.get(pathname)?.includes(hash.slice(1))]).toEqual([link, true]);
    }
    expect(links).toContain(`${path}/`);
  });

  it('is Markdown for a script', async () => {
    const answer = await fetch(`${app.url}/docs`);
    expect(answer.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await answer.text()).toMatch(/^# The HTTP contract\n/);
  });
});
