/** Test bytes from a string: one byte a character. */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

export const gzipped = (bytes: Blob): Promise<Blob> =>
  new Response(bytes.stream().pipeThrough(new CompressionStream('gzip'))).blob();
