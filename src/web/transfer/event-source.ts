/** Server-Sent Events with what browsers leave to the page: a stream that was refused or closed for good is asked for again. */

export interface StreamHandlers<T> {
  onMessage(message: T): void;
  /** The stream is not there just now, and messages may be missed. */
  onGap?(): void;
}

/** After a stream was closed for good we ask again, in milliseconds. */
const patience = 10_000;

/** Listens until the signal. */
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
    // While it is connecting the browser tries again by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(() => {
      signal.removeEventListener('abort', close);
      listenToEvents(url, event, { onMessage, ...(onGap ? { onGap } : {}) }, signal);
    }, patience);
  };
}
