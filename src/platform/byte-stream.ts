/**
 * Bytes on their way, chunk by chunk. Whoever passes them on does so by plain iterators: an async generator at each of the
 * places a gift comes by would take several turns of the event loop's queue for every chunk.
 */

/** A chunk's memory is the consumer's until it asks for the next one, and no longer. */
export interface Chunks extends AsyncIterable<Uint8Array> {
  next(): Promise<IteratorResult<Uint8Array, void>>;
  /** Nobody wants more. */
  return(): Promise<IteratorResult<Uint8Array, void>>;
}

const over = { value: undefined, done: true } as const;

/** Makes an iterator of `find`, which comes to the next chunk, or to undefined after the last; `leave` is for who wants no more. */
export function chunksFrom(
  find: () => Promise<Uint8Array | undefined>,
  leave: () => Promise<unknown>,
): Chunks {
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

/** Passes chunks on, each after a look at it, which may throw. */
export function observed(
  bytes: AsyncIterable<Uint8Array>,
  look: (chunk: Uint8Array) => void,
): Chunks {
  const source = bytes[Symbol.asyncIterator]();
  const find = async () => {
    const { value, done } = await source.next();
    if (done) return undefined;
    look(value);
    return value as Uint8Array;
  };
  return chunksFrom(find, async () => source.return?.());
}

export interface PeekedHead {
  /** Memory of its own. */
  readonly head: Uint8Array;
  /** Whether there was no more. */
  readonly isWhole: boolean;
}

/** Reads so many bytes ahead, and what comes in one chunk with the last of them. */
export async function readHead(
  source: AsyncIterator<Uint8Array>,
  size: number,
): Promise<PeekedHead> {
  const chunks: Buffer[] = [];
  for (let read = 0; read < size; ) {
    const { value, done } = await source.next();
    if (done) return { head: joined(chunks), isWhole: true };
    chunks.push(Buffer.from(value));
    read += value.byteLength;
  }
  return { head: joined(chunks), isWhole: false };
}

const joined = (chunks: readonly Buffer[]) =>
  chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);

/** What was read ahead, and then the rest. Lets go of the head when it was used: else every upload under way would keep it (P9). */
export function resumeFrom(head: Uint8Array, rest: AsyncIterator<Uint8Array>): Chunks {
  let ahead: Uint8Array | undefined = head;
  let isUsed = false;
  const chunks: Chunks = {
    next: () => {
      if (ahead && !isUsed) {
        isUsed = true;
        return Promise.resolve({ value: ahead, done: false });
      }
      if (ahead) release(ahead);
      ahead = undefined;
      return rest.next();
    },
    return: async () => (await rest.return?.()) ?? over,
    [Symbol.asyncIterator]: () => chunks,
  };
  return chunks;
}

/**
 * Gives the memory of a chunk back at once, after which nobody may look at it. What the HTTP parser hands out comes in memory
 * of its own, and what fast transfers leave behind would be more than V8 looks for in time (P9): it would search all that
 * lives for it many times a second. A chunk that shares its memory is left alone.
 */
export function release({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (byteOffset === 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer)
    buffer.transfer(0);
}
