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
export async function askWorker<Question, Answer>(
  worker: Worker,
  question: Question,
  patience: number,
  signal: AbortSignal,
): Promise<Answer> {
  const answer = new Promise<Answer>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => resolve(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    });
    worker.postMessage(question);
  });
  try {
    return await abortable(answer, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
  } finally {
    worker.terminate();
  }
}

export const isTimeout = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'TimeoutError';
