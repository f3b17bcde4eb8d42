/** A worker as its lead sees it: a process, and the wire to it. */
import cluster from 'node:cluster';
import { openRpc, type RpcChannel, type RpcHandlers } from './rpc.ts';
import { closeLostSockets } from './socket-handoff.ts';

export interface WorkerHandle {
  readonly wire: RpcChannel;
  /** How it ended, once it has. */
  readonly ended: Promise<WorkerExit>;
  kill(): void;
}

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Starts a process that asks for `answers`. */
export function forkWorker(answers: RpcHandlers): WorkerHandle {
  // Plain data as it is: bytes, maps, and what is undefined.
  cluster.setupPrimary({ serialization: 'advanced' });
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const worker = cluster.fork();
  // There is none where the system could not make a process.
  if (worker.isConnected()) closeLostSockets(worker.process);
  const wire = openRpc(
    {
      // What cannot be sent any more has nobody to hear it.
      send: (message) => {
        if (worker.isConnected()) worker.process.send(message as object, () => undefined);
      },
      onMessage: (hear) => void worker.on('message', hear),
    },
    answers,
  );
  const ended = new Promise<WorkerExit>((resolve) => {
    worker.once('exit', (code, signal) => resolve({ code, signal }));
    // Where no process could be started, none exits.
    worker.on('error', () => resolve({ code: null, signal: null }));
  });
  void ended.then(() => wire.cut());
  return { wire, ended, kill: () => void worker.process.kill('SIGKILL') };
}
