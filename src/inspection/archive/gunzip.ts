import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ByteReader } from './byte-source.ts';

const chunkSize = 256 * 1024;

async function* chunksOf(reader: ByteReader): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = await reader.take(chunkSize);
    if (chunk.length === 0) return;
    yield chunk;
  }
}

const isDamage = (error: unknown): boolean => String((error as NodeJS.ErrnoException).code).startsWith('Z_');

/** Unpacks gzip, up to its end or its first damage. */
export async function* gunzip(packed: ByteReader): AsyncGenerator<Buffer> {
  const input = Readable.from(chunksOf(packed), { objectMode: false });
  const output = createGunzip({ chunkSize });
  input.on('error', (error) => output.destroy(error));
  input.pipe(output);
  try {
    for await (const chunk of output as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (!isDamage(error)) throw error;
  } finally {
    input.destroy();
    output.destroy();
  }
}
