/** A worker as its lead sees it: a process, and the wire to it. */
import type { ChildProcess } from 'node:child_process';
import cluster from 'node:cluster';
import { type Answers, openWire, type Wire } from './wire.ts';

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
  if (worker.isConnected()) closeUntaken(worker.process);
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

/** A connection on its way to a worker, as Node.js has it. */
interface Untaken {
  close(): void;
}

/**
 * Node.js forgets a connection that it is just giving to a worker which dies, and goes on giving it others, for while one is on
 * its way it does not say that the worker is gone: whoever is at their other ends would wait forever. So it is said at once,
 * and the connection is closed. For each address that is listened on there is one at a time; to close one that was taken,
 * and so is closed here already, does nothing.
 */
function closeUntaken(child: ChildProcess): void {
  const untaken = new Map<unknown, Untaken>();
  const send = child.send.bind(child) as (...said: unknown[]) => boolean;
  const disconnect = child.disconnect.bind(child);
  Object.assign(child, {
    send: (message: { readonly key?: unknown }, ...more: unknown[]) => {
      const [handle] = more;
      if (typeof handle === 'object' && handle) untaken.set(message.key, handle as Untaken);
      return send(message, ...more);
    },
    disconnect: () => {
      disconnect();
      child.emit('disconnect');
    },
  });
  child.once('disconnect', () => {
    for (const handle of untaken.values()) handle.close();
  });
}
