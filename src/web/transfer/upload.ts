/** `fetch` with upload progress, which only `XMLHttpRequest` reports. */

/** Time without progress after which an upload is aborted, in milliseconds. */
const stallTimeoutMs = 60_000;

/** Receives the share that is sent, 0 to 1. */
type ProgressCallback = (share: number) => void;

export function fetchWithProgress(
  progress: ProgressCallback,
  createRequest = () => new XMLHttpRequest(),
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
        timer = setTimeout(() => request.abort(), stallTimeoutMs);
      };
      request.open(init.method ?? 'GET', String(input));
      for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => {
        onMove();
        if (total > 0) progress(loaded / total);
      };
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
  return new Response(responseText || null, {
    status,
    statusText,
    headers: { 'content-type': request.getResponseHeader('content-type') ?? '' },
  });
}
