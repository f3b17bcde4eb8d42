/** Where changes are made known inside this process: to who holds a ticket, and to who looks at the pool. */
import { EventEmitter } from 'node:events';
import type { TicketNotice } from '../ledger/types.ts';

export interface EventBus {
  /** Makes notices known; nearly every one of them also changed the pool, and looking once too often does no harm. */
  publish(notices: readonly TicketNotice[]): void;
  /** Calls everybody back, some after others: something may have happened that nobody made known here. */
  wakeAll(): void;
  /** Calls back at each change of the pool; answers how to stop. */
  onPool(listener: () => void): () => void;
  /** Calls back at each change that concerns a ticket; answers how to stop. */
  onTicket(ticketId: number, listener: (news: TicketEvent) => void): () => void;
}

/** What happened to a ticket, or its gift; `missed`: nobody knows. */
export type TicketEvent = TicketNotice['event'] | 'missed';

/** So many who wait for a ticket's news are called back together, and how long after the ones before, in milliseconds. */
const slice = { size: 100, pause: 20 };

export function createEventBus(): EventBus {
  const emitter = new EventEmitter().setMaxListeners(0);
  const on = (topic: string, listener: (news: TicketEvent) => void) => {
    emitter.on(topic, listener);
    return () => void emitter.off(topic, listener);
  };
  return {
    publish: (notices) => {
      emitter.emit('pool');
      for (const { ticketId, event } of notices) emitter.emit(`ticket ${ticketId}`, event);
    },
    wakeAll: () => {
      const topics = emitter.eventNames();
      for (let from = 0; from < topics.length; from += slice.size) {
        const some = topics.slice(from, from + slice.size);
        const call = () => some.forEach((topic) => void emitter.emit(topic, 'missed'));
        setTimeout(call, (from / slice.size) * slice.pause).unref();
      }
    },
    onPool: (listener) => on('pool', listener),
    onTicket: (ticketId, listener) => on(`ticket ${ticketId}`, listener),
  };
}

/** A events whose news are told elsewhere, too; what is heard from there goes to the events itself, and no further. */
export const alsoPublishTo = (events: EventBus, tell: EventBus['publish']): EventBus => ({
  ...events,
  publish: (notices) => {
    events.publish(notices);
    tell(notices);
  },
});
