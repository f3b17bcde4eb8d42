/**
 * Gives the memory of a chunk back at once, after which nobody may look at it. What the HTTP parser hands out comes in memory
 * of its own, and what fast transfers leave behind would be more than V8 looks for in time (P9): it would search all that
 * lives for it many times a second. A chunk that shares its memory is left alone.
 */
export function release({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (byteOffset === 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer)
    buffer.transfer(0);
}
