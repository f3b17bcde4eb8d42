import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../contract/problems/problem.ts';
import { fileKinds } from '../contract/vocabulary.ts';
import { maxHeadSize } from './file-head.ts';
import { inspect } from './inspect.ts';
import { bytes, cases, padded, zip } from './testing/samples.ts';

describe('malformed input', () => {
  const samples = [
    ...cases.map(([, head]) => head),
    ...['\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9', 'II\x2a\0\x08\0\0\0', 'MM\0\x2a', '<!DOCTYPE ['].map((start) =>
      padded(start),
    ),
  ];
  const garbled = fc
    .record({
      sample: fc.constantFrom(...samples),
      length: fc.nat(700),
      changes: fc.array(fc.tuple(fc.nat(64), fc.nat(255)), { maxLength: 8 }),
    })
    .map(({ sample, length, changes }) => {
      const head = Buffer.from(sample.subarray(0, length));
      for (const [at, value] of changes) if (at < head.length) head[at] = value;
      return head;
    });
  const heads = fc.oneof(fc.uint8Array({ maxLength: 2000 }), garbled);
  const names = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'a.png', 'a.txt'));

  test('returns a result or throws a Problem, nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(names, heads, async (name, head) => {
        try {
          const found = await inspect({ name, head });
          expect(fileKinds).toContain(found.kind);
          expect(found.mimeType).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('is judged by its first bytes only, and deterministically', async () => {
    const outcome = (head: Uint8Array) => inspect({ name: 'a.bin', head }).catch((error: Problem) => error.code);
    await fc.assert(
      fc.asyncProperty(heads, fc.nat(255), async (start, filling) => {
        const full = Buffer.concat([start, Buffer.alloc(maxHeadSize, filling)]).subarray(0, maxHeadSize);
        const found = await outcome(full);
        expect(await outcome(Buffer.concat([full, Buffer.from(full)]))).toEqual(found);
        expect(await outcome(full)).toEqual(found);
      }),
      { numRuns: 150 },
    );
  });

  const starts = [
    ...['', '\0', ' ', '<', '<!--', '<!DOCTYPE ', '<?', '#!', '#!/usr/bin/env ', 'PK\x03\x04', 'RIFF', '\n', '@'],
    ...['\x1a\x45\xdf\xa3', '\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9', 'ID3\x03\0\0\0\0\0\0', 'OggS', '::\n', 'rem '],
    ...['\xef\xbb\xbf', '\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', '\xff\xfe', '\x1f\x8b\x08\0\0\0\0\0', '<!DOCTYPE a['],
    ...['II\x2a\0\x08\0\0\0', 'PK\x03\x04\x14\0\x08\0\x08\0', '\0\0\0\x0cjP  ', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ];
  test.each(starts)('%j repeated over a full head does not hang it', async (start) => {
    const repeated = Buffer.alloc(maxHeadSize, start === '' ? '\xff' : start, 'latin1');
    const filled = Buffer.concat([bytes(start), Buffer.alloc(maxHeadSize, 0x01)]);
    for (const head of [repeated, filled]) {
      await inspect({ name: 'a.txt', head }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Problem);
      });
    }
  });

  test('a ZIP bomb in the type entry is an ordinary archive', async () => {
    const head = zip({ '[Content_Types].xml': ' '.repeat(60_000_000) }, 8).subarray(0, maxHeadSize);
    expect(await inspect({ name: 'a.zip', head })).toMatchObject({ kind: 'archive' });
  });
});
