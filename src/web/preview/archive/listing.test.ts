import { BlobReader, BlobWriter, ZipWriter } from '@zip.js/zip.js';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { bytesOf, gzipped } from '../testing/samples.ts';
import { defaultArchiveLimits, listArchive } from './listing.ts';

async function tar(names: readonly string[], size = 3): Promise<Blob> {
  const entries = names.map((name) =>
    name.endsWith('/')
      ? { header: { name, size: 0, type: 'directory' as const } }
      : { header: { name, size }, body: new Uint8Array(size) },
  );
  return new Blob([await packTar(entries)]);
}

async function zip(names: readonly string[], password?: string): Promise<Blob> {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  for (const name of names) {
    const options = { directory: name.endsWith('/'), ...(password ? { password } : {}) };
    await writer.add(name, options.directory ? undefined : new BlobReader(new Blob(['abc'])), options);
  }
  return writer.close();
}

const markup = '<img src=x onerror=alert(1)>.txt';

describe('the entries of an archive', () => {
  it.each([
    ['zip', (names: string[]) => zip(names)],
    ['tar', (names: string[]) => tar(names)],
    ['tar.gz', async (names: string[]) => gzipped(await tar(names))],
  ])('are listed: %s', async (type, make) => {
    const { entries, ...sums } = await listArchive(await make(['a/', 'a/one.txt', markup]), type);
    expect(entries.map(({ name }) => name)).toEqual(['a/', 'a/one.txt', markup]);
    expect(entries.map(({ isFolder }) => isFolder)).toEqual([true, false, false]);
    expect(sums).toEqual({ files: 2, size: 6, isMore: false, isPartial: false });
  });

  it('are marked if they are encrypted', async () => {
    const { entries } = await listArchive(await zip(['secret.txt'], 'password'), 'zip');
    expect(entries[0]).toMatchObject({ name: 'secret.txt', isLocked: true });
  });

  it('are shown unchanged if their path leaves the folder', async () => {
    const { entries } = await listArchive(await tar(['../../etc/passwd', 'a\u202eb']), 'tar');
    expect(entries.map(({ name }) => name)).toEqual(['../../etc/passwd', 'a⟨U+202E⟩b']);
  });

  it('are counted beyond those listed, up to a limit', async () => {
    const bytes = await zip(Array.from({ length: 9 }, (_, index) => `${index}.txt`));
    const listed = await listArchive(bytes, 'zip', { ...defaultArchiveLimits, listed: 2 });
    expect(listed).toMatchObject({ files: 9, size: 27, isMore: true, isPartial: false });
    expect(listed.entries).toHaveLength(2);
    const counted = await listArchive(bytes, 'zip', { ...defaultArchiveLimits, counted: 5 });
    expect(counted).toMatchObject({ files: 5, isMore: true, isPartial: true });
  });

  it('are decompressed up to a limit', async () => {
    const bytes = await gzipped(await tar(['one', 'two', 'three'], 1_000_000));
    const found = await listArchive(bytes, 'tar.gz', {
      ...defaultArchiveLimits,
      unpacked: 1_500_000,
    });
    expect(found).toMatchObject({ isPartial: true });
    expect(found.entries.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('have truncated names', async () => {
    const [entry] = (await listArchive(await zip(['x'.repeat(5000)]), 'zip')).entries;
    expect(entry?.name).toBe(`${'x'.repeat(300)}…`);
  });

  it.each([
    ['tar.gz', () => gzipped(new Blob(['just a text, packed']))],
    ['tar.gz', () => new Blob([bytesOf('\x1f\x8b\x08 not even packed')])],
    ['zip', () => new Blob(['PK\x03\x04 and no more'])],
    ['tar', () => new Blob([`${'a'.repeat(257)}ustar\x0000`.padEnd(1024, ' ')])],
  ])('are not listed for other formats: %s, sample %#', async (type, make) => {
    await expect(listArchive(await make(), type)).rejects.toThrow();
  });
});
