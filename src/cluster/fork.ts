import cluster from 'node:cluster';
import { createRpc, type RpcChannel, type RpcHandlers } from './rpc.ts';

/** A worker process, as the primary sees it. */
export interface WorkerHandle {
  readonly rpc: RpcChannel;
  /** Resolves when the process has ended. */
  readonly ended: Promise<WorkerExit>;
  kill(): void;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Starts a worker process that can call `handlers`. */
export function forkWorker(handlers: RpcHandlers): WorkerHandle {
  // Structured clone: keeps bytes, maps and undefined.
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork();
  const rpc = createRpc(
    {
      // The callback ignores errors: a closed channel has no receiver.
      send: (message) => {
        if (worker.isConnected()) worker.process.send(message as object, () => undefined);
      },
      onMessage: (listener) => void worker.on('message', listener),
    },
    handlers,
  );
  const ended = new Promise<WorkerExit>((resolve) => {
    worker.once('exit', (code, signal) => resolve({ code, signal }));
    // A process that could not be started does not exit.
    worker.on('error', () => resolve({ code: null, signal: null }));
  });
  void ended.then(() => rpc.close());
  return { rpc, ended, kill: () => void worker.process.kill('SIGKILL') };
}
