import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generated } from '../../scripts/docs.ts';

const root = join(import.meta.dirname, '../..');

describe('generated files', () => {
  it.each(Object.keys(generated))('%s is up to date (run `npm run docs`)', async (path) => {
    expect(await readFile(join(root, path), 'utf8')).toBe(generated[path]);
  });
});

const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '');

/** The anchors of a page: its explicit ids, and GitHub's for its headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const ids = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id as string);
  const headings = [...withoutFences(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
  return new Set([...ids, ...headings]);
}

/** The targets of Markdown links and images, and of pictures in HTML. */
const linksOf = (text: string) =>
  [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)]
    .map(([, link, source]) => (link ?? source) as string)
    .filter((link) => !/^[a-z]+:/.test(link));

function isDangling(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? join(root, page) : join(root, dirname(page), file);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
}

/** Paths of the repository that a page mentions, in code or prose. */
const mentionedPaths = (text: string) =>
  [...text.matchAll(/(?<![\w./-])(?:src|test|bench|scripts|docs)(?:\/[\w.-]*\w)+/g)].map(([path]) => path);

/** List items with one source file, and the names in it that follow. */
const namesInFiles = (text: string) =>
  [...text.matchAll(/^- [^`\n]*`(src\/[\w./-]+\.tsx?)`, (.+)$/gm)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/`(#?\w+)`/g)].map(([, name = '']) => ({ file, name })),
  );

describe('the pages', () => {
  it.each(pages)('$path links to nothing that is missing', ({ path, text }) => {
    expect(linksOf(text).filter((link) => isDangling(path, link))).toEqual([]);
  });

  it.each(pages)('$path mentions no path that is missing', ({ text }) => {
    expect(mentionedPaths(text).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(pages)('$path names functions that their files have', ({ text }) => {
    const missing = namesInFiles(text).filter(
      ({ file, name }) => !readFileSync(join(root, file), 'utf8').includes(name),
    );
    expect(missing).toEqual([]);
  });

  it.each(pages.filter(({ path }) => path.startsWith('docs/')))('$path has at most 2,000 words', ({ text }) => {
    const words = text.split(/\s+/).filter((word) => word !== '');
    expect(words.length).toBeLessThanOrEqual(2_000);
  });
});

describe('commands', () => {
  const pages = ['README.md', ...readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`)];
  const texts = pages.map((page) => [page, readFileSync(join(root, page), 'utf8')] as const);
  const withCommands = texts.filter(([, text]) =>
    /(?:^|[`\s])rfx (?:doctor|move|backup|keys|users|adopt)\b/m.test(text),
  );

  // `rfx` is on no path after `npm start` in a clone.
  it.each(withCommands)('%s says how they run in a clone', (_page, text) => {
    expect(text).toMatch(/npm start (?:--silent )?-- (?:doctor|move|backup|keys|users|adopt)\b/);
  });

  it('are found', () => {
    expect(withCommands.length).toBeGreaterThan(5);
  });
});
