/** Where changes are made known inside this process: to who holds a ticket, and to who looks at the pool. */
import { EventEmitter } from 'node:events';
import type { Notice } from '../ledger/ledger.ts';

export interface Board {
  /** Makes notices known; nearly every one of them also changed the pool, and looking once too often does no harm. */
  announce(notices: readonly Notice[]): void;
  /** Calls back at each change of the pool; answers how to stop. */
  onPool(listener: () => void): () => void;
  /** Calls back at each change that concerns a ticket; answers how to stop. */
  onTicket(ticketId: number, listener: (event: Notice['event']) => void): () => void;
}

export function createBoard(): Board {
  const emitter = new EventEmitter().setMaxListeners(0);
  const on = (topic: string, listener: (event: Notice['event']) => void) => {
    emitter.on(topic, listener);
    return () => void emitter.off(topic, listener);
  };
  return {
    announce: (notices) => {
      emitter.emit('pool');
      for (const { ticketId, event } of notices) emitter.emit(`ticket ${ticketId}`, event);
    },
    onPool: (listener) => on('pool', listener),
    onTicket: (ticketId, listener) => on(`ticket ${ticketId}`, listener),
  };
}
