import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { newRoomCode, parseRoomCode } from './room-codes.ts';

it('makes codes that differ, and reads them however they are typed', () => {
  const codes = Array.from({ length: 200 }, () => newRoomCode({ randomBytes }));
  expect(new Set(codes).size).toBe(200);
  for (const code of codes) {
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
    expect(parseRoomCode(code)).toBe(code);
    expect(parseRoomCode(` ${code.toLowerCase().replace('-', ' ')} `)).toBe(code);
  }
});

it('uses every letter equally', () => {
  const seen = new Map<string, number>();
  const everyByte = Uint8Array.from({ length: 256 }, (_, n) => n);
  for (let at = 0; at < 256; at += 8) {
    const code = newRoomCode({ randomBytes: () => everyByte.slice(at, at + 8) });
    for (const letter of code.replace('-', '')) seen.set(letter, (seen.get(letter) ?? 0) + 1);
  }
  expect([seen.size, new Set(seen.values())]).toEqual([32, new Set([8])]);
});

it('takes letters that look like digits for them, and refuses what is no code', () => {
  expect(parseRoomCode('oIl00-00000')).toBe('01100-00000');
  for (const text of ['', 'ABCDE-FGHJ', 'ABCDE-FGHJKM', 'ABCDE-FGHJU', 'ÄBCDE-FGHJK', '%00'])
    expect(parseRoomCode(text)).toBeUndefined();
});
