/** Server-Sent Events with what browsers leave to the page: a stream that was refused or closed for good is asked for again. */

export interface Listener<T> {
  heard(message: T): void;
  /** The stream is not there just now, and messages may be missed. */
  missed?(): void;
}

/** After a stream was closed for good we ask again, in milliseconds. */
const patience = 10_000;

/** Listens until the signal. */
export function listen<T>(
  url: string,
  event: string,
  { heard, missed }: Listener<T>,
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
  source.addEventListener(event, ({ data }) => heard(JSON.parse(data)));
  source.onerror = () => {
    missed?.();
    // While it is connecting the browser tries again by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(() => {
      signal.removeEventListener('abort', close);
      listen(url, event, { heard, ...(missed ? { missed } : {}) }, signal);
    }, patience);
  };
}
