import { Worker } from 'node:worker_threads';
import { Problem } from '../../contract/problems/problem.ts';
import type { CleanedFormat } from '../metadata/cleaned-format.ts';
import type { Cleaning } from '../metadata/draft.ts';
import type { StagedFile } from '../staged-file.ts';
import type { FromWorker, Task, TaskOutcome, ToWorker } from './worker-messages.ts';

/** How many files a process handles at once; others wait for their turn. */
const maxWorkers = 2;
/** A safety net, in milliseconds: the limits of a task end it much earlier. */
const maxDuration = 20_000;
/** How long a worker without work stays, in milliseconds. */
const maxIdle = 30_000;
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 };

/** The worker's file, as a source or built. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './file-worker.ts' : './file-worker.js', import.meta.url);

/** A file by its size and its bytes. */
type ReadableFile = Pick<StagedFile, 'size' | 'read'>;

interface FileWorkers {
  /** Throws the `Problem` that refuses the file, and another error if its worker broke or took too long. */
  inspectArchive(file: ReadableFile, allowsEncrypted: boolean): Promise<void>;
  /** Answers how the file becomes clean. Throws `metadata-stays`, and another error as above. */
  planCleaning(file: ReadableFile, format: CleanedFormat): Promise<Cleaning>;
  close(): Promise<void>;
}

/** A pool of worker threads, started on demand. */
export function createFileWorkers(): FileWorkers {
  const idle = new Map<Worker, NodeJS.Timeout>();
  const busy = new Set<Worker>();
  const waiting: (() => void)[] = [];

  const acquire = async (): Promise<Worker> => {
    while (busy.size >= maxWorkers) await new Promise<void>((resolve) => waiting.push(resolve));
    const [[worker, timer] = []] = idle;
    const taken = worker ?? startWorker();
    clearTimeout(timer);
    idle.delete(taken);
    busy.add(taken);
    return taken;
  };
  const release = (worker: Worker, isSound: boolean) => {
    busy.delete(worker);
    if (isSound) keepIdle(worker);
    else void worker.terminate();
    waiting.shift()?.();
  };
  const keepIdle = (worker: Worker) => {
    const retire = () => {
      idle.delete(worker);
      void worker.terminate();
    };
    worker.unref();
    idle.set(worker, setTimeout(retire, maxIdle).unref());
  };
  const perform = async (file: ReadableFile, task: Task): Promise<TaskOutcome> => {
    const worker = await acquire();
    let isSound = false;
    try {
      const outcome = await askWorker(worker, file, task);
      isSound = true;
      throwRefusal(outcome);
      return outcome;
    } finally {
      release(worker, isSound);
    }
  };
  return {
    inspectArchive: async (file, allowsEncrypted) => {
      await perform(file, { type: 'inspect', size: file.size, allowsEncrypted });
    },
    planCleaning: async (file, format) => {
      const outcome = await perform(file, { type: 'clean', size: file.size, format });
      if (outcome.type !== 'cleaned') throw new Error(`a cleaning ended as "${outcome.type}"`);
      return outcome.cleaning;
    },
    close: async () => {
      for (const timer of idle.values()) clearTimeout(timer);
      await Promise.all([...idle.keys(), ...busy].map((worker) => worker.terminate()));
      idle.clear();
    },
  };
}

function startWorker(): Worker {
  const worker = new Worker(workerFile, { resourceLimits, env: {} });
  // An error without a listener would end the process; the task that it ends has one of its own.
  return worker.on('error', () => undefined);
}

function throwRefusal(outcome: TaskOutcome): void {
  if (outcome.type === 'failed') throw new Error(outcome.message);
  if (outcome.type === 'stays') throw new Problem('metadata-stays', { reason: outcome.reason });
  if (outcome.type === 'refused') {
    const { code, ...facts } = outcome.refusal;
    throw new Problem(code, facts);
  }
}

/** Gives a worker a task, and reads the bytes that it asks for. Rejects if the worker is of no more use. */
function askWorker(worker: Worker, file: ReadableFile, task: Task): Promise<TaskOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<TaskOutcome>();
  const onMessage = (message: FromWorker) => {
    if (message.type !== 'read') return resolve(message);
    readPart(file, message).then(
      (bytes) => send(worker, { type: 'bytes', id: message.id, bytes }, [bytes.buffer]),
      reject,
    );
  };
  const onExit = () => reject(new Error('the worker ended'));
  const timer = setTimeout(() => reject(new Error('the worker takes too long')), maxDuration);
  worker.ref();
  worker.on('message', onMessage).once('error', reject).once('exit', onExit);
  send(worker, task);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.off('message', onMessage).off('error', reject).off('exit', onExit);
  });
}

const send = (worker: Worker, message: ToWorker, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer);

/** A copy in memory of its own, which can be passed on to the worker. */
async function readPart(
  file: ReadableFile,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(to - from);
  let at = 0;
  for await (const chunk of file.read(from, to)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
