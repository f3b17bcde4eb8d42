/** A worker thread, so that a hostile file delays no request. It asks its parent for the bytes that it needs. */
import { parentPort } from 'node:worker_threads';
import { Refused } from '../archive/budget.ts';
import type { ByteSource } from '../archive/byte-source.ts';
import { inspectArchive } from '../archive/inspect-archive.ts';
import { cleanFile } from '../metadata/clean-file.ts';
import { MetadataStays } from '../metadata/draft.ts';
import type { FromWorker, Task, TaskOutcome, ToWorker } from './worker-messages.ts';

const awaited = new Map<number, (bytes: Buffer) => void>();
let lastRead = 0;

const send = (message: FromWorker) => parentPort?.postMessage(message);

const sourceOf = (size: number): ByteSource => ({
  size,
  read: (start, end) => {
    const to = Math.min(end, size);
    if (start >= to) return Promise.resolve(Buffer.alloc(0));
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    lastRead += 1;
    awaited.set(lastRead, resolve);
    send({ type: 'read', id: lastRead, from: start, to });
    return promise;
  },
});

async function perform(task: Task): Promise<TaskOutcome> {
  try {
    const source = sourceOf(task.size);
    if (task.type === 'clean') return { type: 'cleaned', cleaning: await cleanFile(source, task.format) };
    await inspectArchive(source, task.allowsEncrypted);
    return { type: 'passed' };
  } catch (error) {
    if (error instanceof Refused) return { type: 'refused', refusal: error.refusal };
    if (error instanceof MetadataStays) return { type: 'stays', reason: error.reason };
    return { type: 'failed', message: String((error as Error).stack) };
  }
}

parentPort?.on('message', async (message: ToWorker) => {
  if (message.type !== 'bytes') return send(await perform(message));
  awaited.get(message.id)?.(Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength));
  awaited.delete(message.id);
});
