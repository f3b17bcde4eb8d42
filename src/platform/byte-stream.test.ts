import { describe, expect, it } from 'vitest';
import { type Chunks, chunksFrom, observed, readHead, release, resumeFrom } from './byte-stream.ts';

/** Chunks of these texts, and whether the reader has ended it early. */
function source(...texts: readonly string[]): { readonly chunks: Chunks; isLeft(): boolean } {
  const left = [...texts];
  let isLeft = false;
  const find = async () => (left.length > 0 ? Buffer.from(left.shift() ?? '') : undefined);
  const leave = async () => {
    isLeft = true;
  };
  return { chunks: chunksFrom(find, leave), isLeft: () => isLeft };
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += Buffer.from(chunk).toString();
  return text;
}

describe('chunks', () => {
  it('end once, and stay at their end', async () => {
    const { chunks } = source('a', 'b');
    expect(await textOf(chunks)).toBe('ab');
    expect(await chunks.next()).toMatchObject({ done: true });
  });

  it('are over for who has left', async () => {
    const { chunks, isLeft } = source('a', 'b');
    for await (const _chunk of chunks) break;
    expect(isLeft()).toBe(true);
    expect(await chunks.next()).toMatchObject({ done: true });
  });

  it('pass by whoever looks at them, who may end them', async () => {
    const { chunks, isLeft } = source('good', 'bad', 'good');
    const seen: number[] = [];
    const looked = observed(chunks, ({ length }) => {
      seen.push(length);
      if (length === 3) throw new Error('bad');
    });
    await expect(textOf(looked)).rejects.toThrow('bad');
    expect(seen).toEqual([4, 3]);
    await looked.return();
    expect(isLeft()).toBe(true);
  });
});

describe('what is read ahead', () => {
  it.each([
    { size: 1, head: 'ab', isWhole: false },
    { size: 2, head: 'ab', isWhole: false },
    { size: 3, head: 'abcd', isWhole: false },
    { size: 5, head: 'abcd', isWhole: true },
  ])('is at least $size bytes, or all there is', async ({ size, head, isWhole }) => {
    const read = await readHead(source('ab', 'cd').chunks, size);
    expect(Buffer.from(read.head).toString()).toBe(head);
    expect(read.isWhole).toBe(isWhole);
  });

  it('comes again before the rest, and its memory is given back behind it', async () => {
    const { chunks } = source('x'.repeat(100_000), 'b', 'c');
    const { head } = await readHead(chunks, 1);
    const again = resumeFrom(head, chunks);
    expect((await again.next()).value?.byteLength).toBe(100_000);
    expect(head.byteLength).toBe(100_000);
    expect(await textOf(again)).toBe('bc');
    expect(head.byteLength).toBe(0);
  });

  it('tells the source of the rest that nobody wants it', async () => {
    const { chunks, isLeft } = source('a', 'b');
    const { head } = await readHead(chunks, 1);
    await resumeFrom(head, chunks).return();
    expect(isLeft()).toBe(true);
  });
});

describe('the memory of a chunk', () => {
  it('is let go of when it has it for itself', () => {
    const chunk = Buffer.allocUnsafeSlow(100);
    release(chunk);
    expect(chunk.buffer).toMatchObject({ byteLength: 0, detached: true });
  });

  it('is left alone when others share it', () => {
    const shared = Buffer.alloc(100, 'x');
    release(shared.subarray(0, 50));
    release(shared.subarray(50));
    expect(shared.toString()).toBe('x'.repeat(100));
  });
});
