import { describe, expect, it } from 'vitest';
import { type Chunks, chunksFrom, observed, peek, release } from './byte-stream.ts';

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
  it('stay at their end', async () => {
    const { chunks } = source('a', 'b');
    expect(await textOf(chunks)).toBe('ab');
    expect(await chunks.next()).toMatchObject({ done: true });
  });

  it('end when the reader leaves early', async () => {
    const { chunks, isLeft } = source('a', 'b');
    for await (const _chunk of chunks) break;
    expect(isLeft()).toBe(true);
    expect(await chunks.next()).toMatchObject({ done: true });
  });

  it('can be observed, and fail when the observer throws', async () => {
    const { chunks, isLeft } = source('good', 'bad', 'good');
    const seen: number[] = [];
    const stream = observed(chunks, ({ length }) => {
      seen.push(length);
      if (length === 3) throw new Error('bad');
    });
    await expect(textOf(stream)).rejects.toThrow('bad');
    expect(seen).toEqual([4, 3]);
    await stream.return();
    expect(isLeft()).toBe(true);
  });
});

describe('a peeked stream', () => {
  it.each([
    { size: 1, head: 'ab', isWhole: false },
    { size: 2, head: 'ab', isWhole: false },
    { size: 3, head: 'abcd', isWhole: false },
    { size: 5, head: 'abcd', isWhole: true },
  ])('has a head of at least $size bytes, or all bytes', async ({ size, head, isWhole }) => {
    const peeked = await peek(source('ab', 'cd').chunks, size);
    expect(Buffer.from(peeked.head).toString()).toBe(head);
    expect(peeked.isWhole).toBe(isWhole);
    expect(await textOf(peeked)).toBe('abcd');
  });

  it('yields its head first, and then releases the memory of the head', async () => {
    const peeked = await peek(source('x'.repeat(100_000), 'b', 'c').chunks, 1);
    expect((await peeked.next()).value?.byteLength).toBe(100_000);
    expect(peeked.head.byteLength).toBe(100_000);
    expect(await textOf(peeked)).toBe('bc');
    expect(peeked.head.byteLength).toBe(0);
  });

  it('is peeked again only for more bytes', async () => {
    const peeked = await peek(source('ab', 'cd', 'ef').chunks, 2);
    expect(await peek(peeked, 1)).toBe(peeked);
    const further = await peek(peeked, 3);
    expect(Buffer.from(further.head).toString()).toBe('abcd');
    expect(await textOf(further)).toBe('abcdef');
    const whole = await peek(source('ab').chunks, 10);
    expect(await peek(whole, 100)).toBe(whole);
  });

  it('yields nothing when it is empty', async () => {
    const peeked = await peek(source().chunks, 1);
    expect([peeked.head.byteLength, peeked.isWhole]).toEqual([0, true]);
    expect(await textOf(peeked)).toBe('');
  });

  it('closes its source when it is closed early', async () => {
    const { chunks, isLeft } = source('a', 'b');
    await (await peek(chunks, 1)).return();
    expect(isLeft()).toBe(true);
  });
});

describe('the memory of a chunk', () => {
  it('is detached when no other chunk shares it', () => {
    const chunk = Buffer.allocUnsafeSlow(100);
    release(chunk);
    expect(chunk.buffer).toMatchObject({ byteLength: 0, detached: true });
  });

  it('stays when other chunks share it', () => {
    const shared = Buffer.alloc(100, 'x');
    release(shared.subarray(0, 50));
    release(shared.subarray(50));
    expect(shared.toString()).toBe('x'.repeat(100));
  });
});
