/** Bytes with random access, and streams of bytes read in order: what the readers of archives work on. */

export interface ByteSource {
  /** In bytes. */
  readonly size: number;
  /** Reads from `start`, inclusive, to `end`, exclusive. Shorter only at the end of the source. */
  read(start: number, end: number): Promise<Buffer>;
}

/** Bytes that are read once, in order. */
export interface ByteReader {
  /** The next bytes, which stay; fewer than this many only at the end. */
  peek(size: number): Promise<Buffer>;
  /** Takes this many bytes; fewer only at the end. */
  take(size: number): Promise<Buffer>;
  skip(size: number): Promise<void>;
}

export const sourceOfBuffer = (bytes: Buffer): ByteSource => ({
  size: bytes.length,
  read: async (start, end) => bytes.subarray(Math.min(start, bytes.length), Math.max(0, end)),
});

/** A part of a source: a stored file in an archive. */
export const sliceOf = (source: ByteSource, from: number, size: number): ByteSource => {
  const length = Math.max(0, Math.min(size, source.size - from));
  return {
    size: length,
    read: (start, end) => source.read(from + Math.min(start, length), from + Math.min(end, length)),
  };
};

/** How many windows are read at once where the one before was read already. */
const readAhead = 4;

/**
 * Remembers the last windows of a source, since the readers ask for a few bytes at a time. Reads ahead where they go on, so that
 * S3 gets few requests.
 */
export function windowed(source: ByteSource, windowSize: number, maxWindows: number): ByteSource {
  const windows = new Map<number, Promise<Buffer>>();
  const load = (index: number): Promise<Buffer> => {
    const count = windows.has(index - 1) ? readAhead : 1;
    const start = index * windowSize;
    const bytes = source.read(start, Math.min(source.size, start + count * windowSize));
    for (let ahead = count - 1; ahead >= 0; ahead--) {
      const window = bytes.then((all) => all.subarray(ahead * windowSize, (ahead + 1) * windowSize));
      window.catch(() => undefined);
      windows.set(index + ahead, window);
    }
    return windows.get(index) as Promise<Buffer>;
  };
  const windowAt = (index: number): Promise<Buffer> => {
    const found = windows.get(index) ?? load(index);
    windows.delete(index);
    windows.set(index, found);
    for (const oldest of windows.keys()) {
      if (windows.size <= maxWindows) break;
      windows.delete(oldest);
    }
    return found;
  };
  return {
    size: source.size,
    read: async (start, end) => {
      const stop = Math.min(end, source.size);
      const parts: Buffer[] = [];
      for (let at = start; at < stop; ) {
        const index = Math.floor(at / windowSize);
        const part = (await windowAt(index)).subarray(at - index * windowSize, stop - index * windowSize);
        if (part.length === 0) break;
        parts.push(part);
        at += part.length;
      }
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    },
  };
}

/** Reads a source in order; what is skipped is not read at all. */
export function readerOfSource(source: ByteSource): ByteReader {
  let at = 0;
  return {
    peek: (size) => source.read(at, at + size),
    take: async (size) => {
      const bytes = await source.read(at, at + size);
      at += bytes.length;
      return bytes;
    },
    skip: async (size) => {
      at += size;
    },
  };
}

/** Reads a stream in order, such as that of a decompressor. */
export function readerOfStream(chunks: AsyncIterator<Buffer>): ByteReader {
  let rest: Buffer = Buffer.alloc(0);
  const fill = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    rest = done ? rest : value;
    return !done;
  };
  const take = async (size: number): Promise<Buffer> => {
    const parts: Buffer[] = [];
    let missing = size;
    while (missing > 0 && (rest.length > 0 || (await fill()))) {
      const part = rest.subarray(0, missing);
      rest = rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  };
  const skip = async (size: number): Promise<void> => {
    let missing = size;
    while (missing > 0 && (rest.length > 0 || (await fill()))) {
      const used = Math.min(missing, rest.length);
      rest = rest.subarray(used);
      missing -= used;
    }
  };
  const peek = async (size: number): Promise<Buffer> => {
    const found = await take(size);
    rest = Buffer.concat([found, rest]);
    return found;
  };
  return { peek, take, skip };
}
