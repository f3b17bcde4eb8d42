/**
 * Watches connections for a reset after the last byte of a delivery. That byte has only reached the operating system: a receiver
 * that closes with bytes unread resets the connection (RFC 9293, section 3.5.3).
 */
import type { Socket } from 'node:net';

/** How long after the last byte a reset counts, in milliseconds. */
const settleMs = 2_000;

export interface ResetWatcher {
  /** Starts to watch a connection; `onReset` calls back once if it is, or already was, reset. */
  watch(socket: Socket): { onReset(act: () => void): void };
  /** Stops watching: a receiver that sends its next request has read the last response. */
  cancel(socket: Socket): void;
}

export function createResetWatcher(): ResetWatcher {
  const stops = new WeakMap<Socket, () => void>();
  const cancel = (socket: Socket) => stops.get(socket)?.();
  return {
    cancel,
    watch: (socket) => {
      cancel(socket);
      const { promise, resolve } = Promise.withResolvers<void>();
      const reset = () => resolve();
      const stop = () => {
        clearTimeout(timer);
        socket.off('error', reset);
        stops.delete(socket);
      };
      const timer = setTimeout(stop, settleMs).unref();
      socket.once('error', reset);
      stops.set(socket, stop);
      // The reset may have come while the response ended.
      if (socket.errored) reset();
      return { onReset: (act) => void promise.then(act) };
    },
  };
}
