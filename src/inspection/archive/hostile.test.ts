/** Whatever the bytes are, an inspection ends with a verdict. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compoundFile, overlappingZip, tarArchive, zipArchive } from '../testing/archives.ts';
import { Refused } from './budget.ts';
import { sourceOfBuffer, windowed } from './byte-source.ts';
import { inspectArchive } from './inspect-archive.ts';

const members = [
  { name: 'a.txt', bytes: 'hello' },
  { name: 'folder/b.jpg', bytes: Buffer.alloc(3000, 'b'), unicodeName: 'c.jpg' },
  { name: 'd.zip', bytes: zipArchive([{ name: 'e.txt', bytes: 'e' }]) },
];
const samples = [
  zipArchive(members, 'a comment'),
  zipArchive([{ name: 'a.doc', bytes: compoundFile(['Workbook', 'a', 'b', 'c', 'd']) }]),
  tarArchive([...members, { name: 'long', type: 'L', bytes: 'name' }, { name: 'x', type: 'x', bytes: '10 size=5\n' }]),
  gzipSync(tarArchive(members)),
  compoundFile(['Workbook', 'a', 'b', 'c', 'd', 'e']),
  overlappingZip(3, 100),
];

const garbled = fc
  .record({
    sample: fc.constantFrom(...samples),
    cut: fc.double({ min: 0.5, max: 1, noNaN: true }),
    changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 8 }),
  })
  .map(({ sample, cut, changes }) => {
    const bytes = Buffer.from(sample.subarray(0, Math.ceil(sample.length * cut)));
    for (const [place, value] of changes) bytes[Math.floor(place * (bytes.length - 1))] = value;
    return bytes;
  });

test('damaged archives pass or are refused, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(garbled, fc.uint8Array({ maxLength: 2000 })), fc.boolean(), async (bytes, allows) => {
      const verdict = await inspectArchive(sourceOfBuffer(Buffer.from(bytes)), allows).catch((error) => error);
      if (verdict !== undefined) expect(verdict).toBeInstanceOf(Refused);
    }),
    { numRuns: 4000 },
  );
});

test('windows hold the bytes of their source, in whatever order they are read', async () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
  const range = fc.tuple(fc.nat(1100), fc.nat(300));
  await fc.assert(
    fc.asyncProperty(fc.array(range, { maxLength: 30 }), fc.integer({ min: 1, max: 90 }), async (ranges, size) => {
      const source = windowed(sourceOfBuffer(bytes), size, 5);
      for (const [start, length] of ranges) {
        const found = await source.read(start, start + length);
        expect(found.equals(bytes.subarray(start, start + length))).toBe(true);
      }
    }),
  );
});

test('windows that are read in order take a request for four of them', async () => {
  let requests = 0;
  const bytes = Buffer.alloc(4000);
  const read = async (start: number, end: number) => {
    requests++;
    return bytes.subarray(start, end);
  };
  const source = windowed({ size: bytes.length, read }, 100, 8);
  for (let at = 0; at < bytes.length; at += 10) await source.read(at, at + 10);
  expect(requests).toBe(11);
});

test.each([0, 1, 3])('an error of the source after %i reads is not taken for a damaged archive', async (after) => {
  const source = sourceOfBuffer(gzipSync(tarArchive([{ name: 'noise', bytes: randomBytes(3_000_000) }])));
  let reads = 0;
  const failing = async (start: number, end: number) => {
    if (reads++ >= after) throw new Error('the disk fails');
    return source.read(start, end);
  };
  await expect(inspectArchive({ size: source.size, read: failing }, true)).rejects.toThrow('the disk fails');
});
