import { expect, it, vi } from 'vitest';
import { fetchWithProgress } from './upload.ts';

/** The part of `XMLHttpRequest` that an upload uses. */
class Line {
  static last: Line;
  readonly upload: { onprogress?: (event: { loaded: number; total: number }) => void; onload?: () => void } = {};
  readonly headers: Record<string, string> = {};
  status = 0;
  statusText = '';
  responseText = '';
  opened: unknown[] = [];
  body: unknown;
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  constructor() {
    Line.last = this;
  }
  open(...args: unknown[]) {
    this.opened = args;
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  getResponseHeader = (name: string) => (name === 'retry-after' ? '7' : null);
  send(body: unknown) {
    this.body = body;
  }
  abort() {
    this.onabort?.();
  }
}

function start(signal?: AbortSignal) {
  const shares: number[] = [];
  const send = fetchWithProgress(
    (share) => shares.push(share),
    () => new Line() as unknown as XMLHttpRequest,
    1_000,
  );
  const body = new FormData();
  const init = { method: 'POST', headers: { accept: 'application/json' }, body };
  const answer = send('/api/exchange', signal ? { ...init, signal } : init);
  return { line: Line.last, answer, shares, body };
}

it('sends like fetch, reports the progress and returns the response', async () => {
  const { line, answer, shares, body } = start();
  expect(line).toMatchObject({
    opened: ['POST', '/api/exchange'],
    headers: { accept: 'application/json' },
    body,
  });
  line.upload.onprogress?.({ loaded: 1, total: 4 });
  line.upload.onprogress?.({ loaded: 4, total: 4 });
  Object.assign(line, { status: 201, responseText: '{"ticket":"t"}' });
  line.onload?.();
  const response = await answer;
  expect([response.status, await response.json(), shares]).toEqual([201, { ticket: 't' }, [0.25, 1]]);
  expect(response.headers.get('retry-after')).toBe('7');
});

it('rejects like fetch when the connection breaks', async () => {
  const { line, answer } = start();
  line.onerror?.();
  await expect(answer).rejects.toBeInstanceOf(TypeError);
});

it('rejects when the connection breaks within the status line', async () => {
  const { line, answer } = start();
  Object.assign(line, { status: 2 });
  line.onload?.();
  await expect(answer).rejects.toBeInstanceOf(TypeError);
});

it('aborts at the signal', async () => {
  const controller = new AbortController();
  const { answer } = start(controller.signal);
  controller.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
});

it('gives up when no byte goes out, and waits for the answer once all are out', async () => {
  vi.useFakeTimers();
  const stalled = start();
  stalled.line.upload.onprogress?.({ loaded: 1, total: 4 });
  vi.advanceTimersByTime(1_001);
  await expect(stalled.answer).rejects.toMatchObject({ name: 'AbortError' });
  const { line, answer } = start();
  line.upload.onprogress?.({ loaded: 4, total: 4 });
  line.upload.onload?.();
  vi.advanceTimersByTime(3_600_000);
  Object.assign(line, { status: 201, responseText: '{}' });
  line.onload?.();
  expect((await answer).status).toBe(201);
  vi.useRealTimers();
});
