/** A worker as its lead sees it: a process, and the wire to it. */
import cluster from 'node:cluster';
import { type Answers, openWire, type Wire } from './rpc.ts';
import { forgetNone } from './socket-handoff.ts';

export interface Hand {
  readonly wire: Wire;
  /** How it ended, once it has. */
  readonly ended: Promise<Ending>;
  kill(): void;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Starts a process that asks for `answers`. */
export function hire(answers: Answers): Hand {
  // Plain data as it is: bytes, maps, and what is undefined.
  cluster.setupPrimary({ serialization: 'advanced' });
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const worker = cluster.fork();
  // There is none where the system could not make a process.
  if (worker.isConnected()) forgetNone(worker.process);
  const wire = openWire(
    {
      // What cannot be sent any more has nobody to hear it.
      send: (message) => {
        if (worker.isConnected()) worker.process.send(message as object, () => undefined);
      },
      onMessage: (hear) => void worker.on('message', hear),
    },
    answers,
  );
  const ended = new Promise<Ending>((resolve) => {
    worker.once('exit', (code, signal) => resolve({ code, signal }));
    // Where no process could be started, none exits.
    worker.on('error', () => resolve({ code: null, signal: null }));
  });
  void ended.then(() => wire.cut());
  return { wire, ended, kill: () => void worker.process.kill('SIGKILL') };
}
