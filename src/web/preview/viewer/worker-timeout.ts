/** Runs work on untrusted bytes in a worker with a timeout. */

/** Rejects at the signal, for work that takes no signal. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

/**
 * Sends one request to a worker and returns its response. Terminates it then, at the timeout (milliseconds), or at the
 * signal.
 */
export async function askWorker<Request, Response>(
  worker: Worker,
  request: Request,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Response> {
  const response = new Promise<Response>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Response>) => resolve(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    });
    worker.postMessage(request);
  });
  try {
    return await abortable(response, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  } finally {
    worker.terminate();
  }
}

/** True for the error of `AbortSignal.timeout`. */
export const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';
