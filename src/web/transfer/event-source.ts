/** Server-sent events with reconnection after a refused or closed stream, where the browser itself gives up. */

interface StreamHandlers<T> {
  onMessage(message: T): void;
  /** The stream is interrupted; events may be missed. */
  onGap?(): void;
}

/** Delay before a closed stream is opened again, in milliseconds. */
const reopenDelayMs = 10_000;

/** Receives the events of one type until the signal aborts. */
export function listenToEvents<T>(
  url: string,
  event: string,
  { onMessage, onGap }: StreamHandlers<T>,
  signal: AbortSignal,
): void {
  if (signal.aborted) return;
  const source = new EventSource(url);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    clearTimeout(timer);
    source.close();
  };
  signal.addEventListener('abort', close, { once: true });
  source.addEventListener(event, ({ data }) => onMessage(JSON.parse(data)));
  source.onerror = () => {
    onGap?.();
    // In the state CONNECTING the browser reconnects by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(() => {
      signal.removeEventListener('abort', close);
      listenToEvents(url, event, { onMessage, ...(onGap ? { onGap } : {}) }, signal);
    }, reopenDelayMs);
  };
}
