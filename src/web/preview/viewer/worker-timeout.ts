/** Work that a stranger's bytes could make endless is done elsewhere, and is not waited for endlessly. */

/** What comes of the work, or the signal's reason when that comes first: for work that hears no signal. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

/** The worker's one answer to one question. It is ended then, and also when the time (in ms) or the signal ends. */
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
