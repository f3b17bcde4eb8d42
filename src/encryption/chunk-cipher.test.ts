import { createHash, randomBytes } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chunkOffset,
  chunkSize,
  decryptChunk,
  encryptedSize,
  headerSize,
  inputKeySize,
  openHeader,
  saltSize,
  sealedChunkSize,
} from './chunk-cipher.ts';
import { encryptStream } from './encrypt-stream.ts';
import { vectors } from './testing/cobblestone-vectors.ts';

/** Decrypts a whole message as the specification says; undefined if it must be refused. */
function decrypt(inputKey: Uint8Array, ciphertext: Uint8Array, context: Uint8Array): Buffer | undefined {
  if (inputKey.byteLength !== inputKeySize) return undefined;
  const keys = openHeader(inputKey, ciphertext.subarray(0, headerSize), context);
  if (!keys) return undefined;
  const parts: Buffer[] = [];
  for (let chunk = 0; ; chunk += 1) {
    const sealed = ciphertext.subarray(chunkOffset(chunk), chunkOffset(chunk + 1));
    const plain = decryptChunk(keys, chunk, sealed);
    if (!plain) return undefined;
    parts.push(plain);
    if (plain.byteLength < chunkSize)
      return chunkOffset(chunk) + sealed.byteLength === ciphertext.byteLength ? Buffer.concat(parts) : undefined;
  }
}

async function encrypt(message: Uint8Array, inputKey: Uint8Array, salt: Uint8Array, context: Uint8Array, cut: number) {
  const source = async function* () {
    for (let at = 0; at < message.byteLength; at += cut) yield message.subarray(at, at + cut);
  };
  const parts: Buffer[] = [];
  const seen = createHash('sha512');
  for await (const part of encryptStream(source(), { inputKey, salt, context }, (chunk) => void seen.update(chunk)))
    parts.push(Buffer.from(part));
  expect(seen.digest('hex')).toBe(createHash('sha512').update(message).digest('hex'));
  return Buffer.concat(parts);
}

describe('the vectors of C2SP chunked-encryption', () => {
  it.each(vectors)('$id: $comment', async ({ key, context, ciphertext, sha512, size }) => {
    const [inputKey, ctx, sealed] = [
      Buffer.from(key, 'hex'),
      Buffer.from(context, 'hex'),
      inflateSync(Buffer.from(ciphertext, 'hex')),
    ];
    const message = decrypt(inputKey, sealed, ctx);
    expect(message && createHash('sha512').update(message).digest('hex')).toBe(sha512);
    if (!message) return;
    expect(message.byteLength).toBe(size);
    expect(encryptedSize(message.byteLength)).toBe(sealed.byteLength);
    for (const cut of [1_000, chunkSize, 70_000])
      expect((await encrypt(message, inputKey, sealed.subarray(0, saltSize), ctx, cut)).equals(sealed)).toBe(true);
  });
});

it('counts chunks across byte borders', async () => {
  const [inputKey, salt] = [randomBytes(inputKeySize), randomBytes(saltSize)];
  const message = randomBytes(258 * chunkSize + 5);
  const sealed = await encrypt(message, inputKey, salt, Buffer.alloc(0), 100_000);
  expect(decrypt(inputKey, sealed, Buffer.alloc(0))?.equals(message)).toBe(true);
  const keys = openHeader(inputKey, sealed.subarray(0, headerSize), Buffer.alloc(0));
  if (!keys) return expect.unreachable();
  const at = (chunk: number) => sealed.subarray(chunkOffset(chunk), chunkOffset(chunk) + sealedChunkSize);
  for (const chunk of [0, 1, 255, 256, 257]) {
    expect(decryptChunk(keys, chunk, at(chunk))).toBeDefined();
    for (const other of [0, 1, 255, 256, 257])
      if (other !== chunk) expect(decryptChunk(keys, other, at(chunk))).toBeUndefined();
  }
});

it('refuses every changed bit', async () => {
  const [inputKey, salt, context] = [randomBytes(inputKeySize), randomBytes(saltSize), Buffer.from('gift')];
  const sealed = await encrypt(randomBytes(chunkSize + 100), inputKey, salt, context, 5_000);
  fc.assert(
    fc.property(fc.nat(sealed.byteLength - 1), fc.nat(7), (at, bit) => {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ (1 << bit);
      expect(decrypt(inputKey, changed, context)).toBeUndefined();
    }),
  );
});
