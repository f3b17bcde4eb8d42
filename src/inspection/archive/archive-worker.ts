/** A worker thread, so that a hostile archive delays no request. It asks its parent for the bytes that it needs. */
import { parentPort } from 'node:worker_threads';
import { Refused } from './budget.ts';
import type { ByteSource } from './byte-source.ts';
import { inspectArchive } from './inspect-archive.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

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

async function inspect(size: number, allowsEncrypted: boolean): Promise<FromWorker> {
  try {
    await inspectArchive(sourceOf(size), allowsEncrypted);
    return { type: 'passed' };
  } catch (error) {
    if (error instanceof Refused) return { type: 'refused', refusal: error.refusal };
    return { type: 'failed', message: String((error as Error).stack) };
  }
}

parentPort?.on('message', async (message: ToWorker) => {
  if (message.type === 'inspect') return send(await inspect(message.size, message.allowsEncrypted));
  awaited.get(message.id)?.(Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength));
  awaited.delete(message.id);
});
