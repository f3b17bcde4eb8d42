/**
 * Connections on their way from the lead to a worker. Node.js, which gives them, forgets some, and whoever is at their other ends
 * would wait forever:
 * - Those that it is giving to a worker which dies; and it goes on giving it others, for while one is on its way it does not say
 *   that the worker is gone. So it is said at once.
 * - Those that come back from a worker which has stopped listening in the meantime, when no other listens any more.
 */
import type { ChildProcess } from 'node:child_process';

/** A connection, as Node.js has it. To close one that is closed already does nothing. */
interface Handle {
  close(): void;
}

interface Given {
  readonly handle: Handle;
  readonly child: ChildProcess;
}

/** By the number of the message that gives it: of all workers, as Node.js counts. */
const onTheWay = new Map<number, Given>();
/** These wait until a worker can take another one. */
const back = new Set<Handle>();

/** Sees to it that no connection which is given to this worker is forgotten. */
export function closeLostSockets(child: ChildProcess): void {
  const send = child.send.bind(child) as (...said: unknown[]) => boolean;
  const disconnect = child.disconnect.bind(child);
  Object.assign(child, {
    send: (message: { readonly seq?: number }, ...more: unknown[]) => {
      const [handle] = more;
      if (isConnection(handle)) noteGiven(message.seq as number, { handle, child });
      return send(message, ...more);
    },
    disconnect: () => {
      disconnect();
      child.emit('disconnect');
    },
  });
  child.on('internalMessage', noteReply);
  child.once('disconnect', () => closeGivenTo(child));
}

const isConnection = (handle: unknown): handle is Handle =>
  typeof handle === 'object' && handle !== null;

function noteGiven(id: number, given: Given): void {
  back.delete(given.handle);
  onTheWay.set(id, given);
}

/** Node.js has heard it first, and has given what came back to another if any is free. */
function noteReply({ ack, accepted }: { readonly ack?: number; readonly accepted?: boolean }) {
  const given = onTheWay.get(ack ?? -1);
  if (!given) return;
  onTheWay.delete(ack as number);
  if (!accepted && !isOnTheWay(given.handle)) back.add(given.handle);
  closeUnwanted();
}

const isOnTheWay = (one: Handle) => [...onTheWay.values()].some(({ handle }) => handle === one);

function closeGivenTo(child: ChildProcess): void {
  for (const [id, given] of onTheWay) {
    if (given.child !== child) continue;
    onTheWay.delete(id);
    given.handle.close();
  }
  closeUnwanted();
}

/** Who listens and is not free has one on the way to it; where there is none, nobody will come for what is back. */
function closeUnwanted(): void {
  if (onTheWay.size > 0) return;
  for (const handle of back) handle.close();
  back.clear();
}
