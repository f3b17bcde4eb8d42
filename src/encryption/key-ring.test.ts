import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createKeyRing, fingerprintOf, type RingKey, sealOverhead, sealPrefix } from './key-ring.ts';

const newKey = (id: string): RingKey => ({ id, secret: randomBytes(32) });
const ringOf = (...keys: RingKey[]) => createKeyRing(keys, randomBytes);
const [context, bytes] = [Buffer.from('context'), randomBytes(16)];

it('opens what any of its keys has sealed', () => {
  const [older, newer] = [newKey('1'), newKey('2')];
  const sealed = ringOf(older).seal('file-key', bytes, context);
  expect(sealed.byteLength).toBe(bytes.byteLength + sealOverhead);
  const ring = ringOf(newer, older);
  expect(ring.first.id).toBe('2');
  expect(ring.open('file-key', sealed, context)).toEqual({ bytes });
  expect(fingerprintOf(sealed)).toBe(ring.all[1]?.fingerprint);
  expect(
    Buffer.from(sealed)
      .subarray(0, 9)
      .equals(sealPrefix(ring.all[1]?.fingerprint ?? '')),
  ).toBe(true);
});

it('knows an unknown key from a change', () => {
  const ring = ringOf(newKey('1'));
  const sealed = ring.seal('file-key', bytes, context);
  expect(ringOf(newKey('1')).open('file-key', sealed, context)).toEqual({ failure: 'unknown-key' });
  expect(ring.open('file-key', sealed, Buffer.from('another'))).toEqual({ failure: 'changed' });
  expect(ring.open('text', sealed, context)).toEqual({ failure: 'changed' });
  expect(ring.open('file-key', sealed.subarray(0, 20), context)).toEqual({ failure: 'changed' });
  for (const at of [12, 25, sealed.byteLength - 1]) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] as number) ^ 1;
    expect(ring.open('file-key', changed, context)).toEqual({ failure: 'changed' });
  }
});

it('seals alike no two times', () => {
  const ring = ringOf(newKey('1'));
  expect(ring.seal('text', bytes, context)).not.toEqual(ring.seal('text', bytes, context));
});

it('needs a key', () => {
  expect(() => ringOf()).toThrow(RangeError);
});
