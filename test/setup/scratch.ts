import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** Gives every test of a file its own folder and deletes it afterwards. */
export function scratchFolder() {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'exchange-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const place = (path = '') => join(folder, path);
  /** Writes a file and its parent folders; objects are written as JSON. */
  const write = (path: string, content: string | object) => {
    mkdirSync(dirname(place(path)), { recursive: true });
    writeFileSync(place(path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  return { place, write };
}
