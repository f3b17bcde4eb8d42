/** Reads an event stream as a browser does. */
import { createParser } from 'eventsource-parser';
import { expect } from 'vitest';

/** Reads events until `enough` accepts one. Returns all of them. */
export async function readEventsUntil<T>(
  url: string,
  enough: (data: T) => boolean,
  then?: () => Promise<unknown>,
): Promise<T[]> {
  const stop = new AbortController();
  const answer = await fetch(url, { signal: stop.signal });
  expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const seen: T[] = [];
  const parser = createParser({ onEvent: ({ data }) => seen.push(JSON.parse(data) as T) });
  let acted = false;
  const decoder = new TextDecoder();
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (seen.some(enough)) break;
    if (!acted && seen.length > 0) {
      acted = true;
      await then?.();
    }
  }
  stop.abort();
  return seen;
}
