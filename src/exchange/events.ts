/** The event bus of this process: changes of tickets and of the pool. */
import { EventEmitter } from 'node:events';
import type { SweepResult, TicketNotice } from '../ledger/types.ts';

export interface EventBus {
  /** Publishes notices. Each publication counts as a change of the pool too, since nearly all are. */
  publish(notices: readonly TicketNotice[]): void;
  /** Calls all listeners, in groups: events of other processes may have been missed. */
  wakeAll(): void;
  /** Calls back at each change of the pool; returns how to unsubscribe. */
  onPool(listener: () => void): () => void;
  /** Calls back at each event of a ticket; returns how to unsubscribe. */
  onTicket(ticketId: number, listener: (event: TicketEvent) => void): () => void;
}

/** An event of a ticket or its gift; `missed` stands for any that may have been lost. */
export type TicketEvent = TicketNotice['event'] | 'missed';

/** How many listeners `wakeAll` calls at once, and the pause before the next group in milliseconds. */
const slice = { size: 100, pause: 20 };

export function createEventBus(): EventBus {
  const emitter = new EventEmitter().setMaxListeners(0);
  const on = (topic: string, listener: (event: TicketEvent) => void) => {
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

/** How many gifts end, return or are quarantined in one step of maintenance: draws wait for it. */
export const expiryBatch = 10;

/** Runs a step of maintenance until it changes nothing more; answers how many rows all of them changed. */
export const publishSteps = (events: Pick<EventBus, 'publish'>, step: () => Promise<SweepResult>): Promise<number> =>
  untilDone(async () => publishStep(events, await step()));

/** Repeats a step until it does nothing more; answers the sum of what it did. */
export async function untilDone(step: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await step();
    total += count;
    if (count === 0) return total;
  }
}

/** Publishes what a step of maintenance changed, if anything; answers how many rows it changed. */
export function publishStep(events: Pick<EventBus, 'publish'>, { count, notices }: SweepResult): number {
  if (count > 0) events.publish(notices);
  return count;
}

/** An event bus that also publishes elsewhere. Events received from there go to the inner bus only. */
export const alsoPublishTo = (events: EventBus, tell: EventBus['publish']): EventBus => ({
  ...events,
  publish: (notices) => {
    events.publish(notices);
    tell(notices);
  },
});
