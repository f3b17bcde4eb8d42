/**
 * Byte streams as plain async iterators. An async generator at each step of an upload would cost several microtasks per chunk.
 */

/** The memory of a chunk is valid until the consumer asks for the next one. */
export interface Chunks extends AsyncIterable<Uint8Array> {
  next(): Promise<IteratorResult<Uint8Array, void>>;
  /** Ends the stream early. */
  return(): Promise<IteratorResult<Uint8Array, void>>;
}

const over = { value: undefined, done: true } as const;

/** Creates a stream from `find`, which resolves to undefined after the last chunk; `leave` ends it early. */
export function chunksFrom(find: () => Promise<Uint8Array | undefined>, leave: () => Promise<unknown>): Chunks {
  let isOver = false;
  const chunks: Chunks = {
    next: async () => {
      const value = isOver ? undefined : await find();
      if (value !== undefined) return { value, done: false };
      isOver = true;
      return over;
    },
    return: async () => {
      isOver = true;
      await leave();
      return over;
    },
    [Symbol.asyncIterator]: () => chunks,
  };
  return chunks;
}

/** Passes chunks on after calling `look` with each, which may throw. */
export function observed(bytes: AsyncIterable<Uint8Array>, look: (chunk: Uint8Array) => void): Chunks {
  const source = bytes[Symbol.asyncIterator]();
  const find = async () => {
    const { value, done } = await source.next();
    if (done) return undefined;
    look(value);
    return value as Uint8Array;
  };
  return chunksFrom(find, async () => source.return?.());
}

/** A stream whose first bytes have been read ahead. Iterating it yields them, and then the rest. */
interface Peeked extends Chunks {
  /** The bytes read ahead. Valid until the chunk behind them is requested. */
  readonly head: Uint8Array;
  /** True if the stream has no more bytes than `head`. */
  readonly isWhole: boolean;
}

const isPeeked = (bytes: AsyncIterable<Uint8Array>): bytes is Peeked => 'isWhole' in bytes;

/** Reads at least `size` bytes ahead, up to the end of a chunk. A stream that has been peeked far enough is answered as it is. */
export async function peek(bytes: AsyncIterable<Uint8Array>, size: number): Promise<Peeked> {
  if (isPeeked(bytes) && (bytes.isWhole || bytes.head.byteLength >= size)) return bytes;
  const source = bytes[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let isWhole = false;
  for (let read = 0; read < size && !isWhole; ) {
    const { value, done } = await source.next();
    if (done) isWhole = true;
    else {
      chunks.push(Buffer.from(value));
      read += value.byteLength;
    }
  }
  const head = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  return Object.assign(resume(head, source), { head, isWhole });
}

/** The bytes read ahead, then the rest. Releases the head once it is used, since each running upload would keep it (P9). */
function resume(head: Uint8Array, rest: AsyncIterator<Uint8Array>): Chunks {
  let isPending = head.byteLength > 0;
  let isUsed = false;
  const chunks: Chunks = {
    next: () => {
      if (isPending) {
        isPending = false;
        isUsed = true;
        return Promise.resolve({ value: head, done: false });
      }
      if (isUsed) release(head);
      isUsed = false;
      return rest.next();
    },
    return: async () => (await rest.return?.()) ?? over,
    [Symbol.asyncIterator]: () => chunks,
  };
  return chunks;
}

/**
 * Detaches the memory of a chunk, which must not be read afterwards. Chunks of fast uploads are garbage sooner than V8 collects
 * them, and made it mark the heap many times a second (P9).
 */
export function release({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (byteOffset === 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
