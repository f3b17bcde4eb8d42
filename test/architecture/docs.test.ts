import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generated } from '../../scripts/docs.ts';

const root = join(import.meta.dirname, '../..');

describe('generated files', () => {
  it.each(Object.keys(generated))('%s is fresh; `npm run docs` makes it so', async (path) => {
    expect(await readFile(join(root, path), 'utf8')).toBe(generated[path]);
  });
});
