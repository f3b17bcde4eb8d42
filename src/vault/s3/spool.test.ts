import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { nodeOperations } from '../disk/fs-operations.ts';
import { failure, newFolder, openFiles, recorded, removeFolders } from '../testing/recording-fs.ts';
import { chunks, collect, sample } from '../testing/samples.ts';
import type { StallWatch } from './retry.ts';
import { openSpool } from './spool.ts';

afterEach(removeFolders);

const noWatch: StallWatch = { signal: new AbortController().signal, progress() {}, abort() {} };

async function open() {
  const folder = await newFolder();
  const record = recorded(folder);
  return { folder, ...record, spool: await openSpool(record.operations, folder) };
}

it('returns a stored file, whole or in part, repeatedly', async () => {
  const { folder, spool } = await open();
  const bytes = sample(300_000);
  const file = await spool.store(chunks(bytes, [100_000]));
  for (const span of [
    { start: 0, end: 300_000 },
    { start: 70_000, end: 290_001 },
  ]) {
    for (let time = 0; time < 2; time += 1) {
      const { body, size } = await file.open(span, noWatch);
      const part = bytes.subarray(span.start, span.end);
      expect(size).toBe(part.length);
      expect((await collect(body)).equals(part)).toBe(true);
    }
  }
  await file.close();
  expect(await openFiles(folder)).toEqual([]);
});

it('unlinks a file while it is open, so that nothing outlives the process', async () => {
  const { folder, spool } = await open();
  const file = await spool.store([sample(10)]);
  expect(await readdir(folder)).toEqual([]);
  await file.close();
});

it.each(['open', 'unlink', 'write'] as const)('leaves nothing open if %s fails', async (name) => {
  const { folder, spool, listen } = await open();
  for (const nth of name === 'open' ? [1, 2] : [1]) {
    let left = nth;
    listen((_, [operation]) => {
      if (operation === name && --left === 0) throw failure('ENOSPC');
    });
    await expect(spool.store([sample(10)])).rejects.toMatchObject({ code: 'storage-full' });
    expect(await openFiles(folder)).toEqual([]);
  }
});

it('throws an error of the source unchanged', async () => {
  const { folder, spool } = await open();
  const cut = failure('EIO');
  const source = async function* () {
    yield sample(10);
    throw cut;
  };
  await expect(spool.store(source())).rejects.toBe(cut);
  expect(await openFiles(folder)).toEqual([]);
});

it('aborts the attempt if the file cannot be read', async () => {
  const { spool, listen } = await open();
  const file = await spool.store([sample(10)]);
  listen((_, [operation]) => {
    if (operation === 'read') throw failure('EIO');
  });
  const reasons: unknown[] = [];
  const watch = { ...noWatch, abort: (reason: unknown) => void reasons.push(reason) };
  const { body } = await file.open({ start: 0, end: 10 }, watch);
  await expect(collect(body)).rejects.toThrow('EIO');
  expect(reasons).toHaveLength(1);
  await file.close();
});

it('removes old files in a sweep, and reports its free space', async () => {
  const folder = await newFolder();
  const spool = await openSpool(nodeOperations, folder);
  await writeFile(join(folder, 'left'), '');
  expect(await spool.sweep(Date.now() - 60_000)).toBe(0);
  expect(await spool.sweep(Date.now() + 60_000)).toBe(1);
  expect(await readdir(folder)).toEqual([]);
  expect(await spool.free()).toBeGreaterThan(0);
});
