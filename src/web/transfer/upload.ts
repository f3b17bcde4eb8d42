/** `fetch` with upload progress, which only `XMLHttpRequest` reports. */

/** Time without a byte that goes out after which an upload is aborted, in milliseconds. */
const stallTimeoutMs = 60_000;

/** Receives the share that is sent, 0 to 1. */
type ProgressCallback = (share: number) => void;

export function fetchWithProgress(
  progress: ProgressCallback,
  createRequest = () => new XMLHttpRequest(),
  stallMs = stallTimeoutMs,
): typeof fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const request = createRequest();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const end = (settle: () => void) => () => {
        clearTimeout(timer);
        settle();
      };
      const onMove = () => {
        clearTimeout(timer);
        timer = setTimeout(() => request.abort(), stallMs);
      };
      request.open(init.method ?? 'GET', String(input));
      for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => {
        onMove();
        if (total > 0) progress(loaded / total);
      };
      // All bytes are out: a proxy may pass them on slowly, so from here on the answer may take its time.
      request.upload.onload = () => clearTimeout(timer);
      request.onload = end(() => {
        try {
          resolve(responseOf(request));
        } catch {
          // A connection that breaks within the status line leaves an invalid status.
          reject(new TypeError('The answer is none.'));
        }
      });
      request.onerror = end(() => reject(new TypeError('The connection broke.')));
      request.onabort = end(() => reject(new DOMException('Cancelled.', 'AbortError')));
      init.signal?.addEventListener('abort', () => request.abort());
      onMove();
      request.send(init.body as FormData);
    });
}

function responseOf(request: XMLHttpRequest): Response {
  const { status, statusText, responseText } = request;
  const retryAfter = request.getResponseHeader('retry-after');
  return new Response(responseText || null, {
    status,
    statusText,
    headers: retryAfter === null ? {} : { 'retry-after': retryAfter },
  });
}
