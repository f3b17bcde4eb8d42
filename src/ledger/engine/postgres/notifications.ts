/**
 * Ticket notices between processes on one PostgreSQL (LISTEN/NOTIFY). Notifications are only a latency hint: after a gap, and
 * once a minute, each process reads the state again.
 */
import type { TicketNotice } from '../../types.ts';
import { openListener } from './listener.ts';

interface Notifications {
  /** Sends notices to the other processes, coalesced with those that follow soon. */
  publish(notices: readonly TicketNotice[]): void;
  close(): Promise<void>;
}

interface NotificationHandlers {
  onMessage(notices: readonly TicketNotice[]): void;
  /** Called when notices may have been lost. */
  onGap(): void;
}

/** Notices that are not sent yet. */
interface Outbox {
  readonly notices: readonly TicketNotice[];
  /** True if notices were dropped, so that the others must read everything again. */
  readonly isLost: boolean;
}

/** Notices within this time are sent together, in milliseconds. */
const coalesceMs = 50;
/** How many unsent notices are kept. */
const maxNotices = 10_000;
/** How often each process reads everything again in any case, and the longest random delay after a gap, in milliseconds. */
const gapDelay = { every: 60_000, within: 500 };

/** Opens the notifications. They start by themselves when the database is away. */
export async function openNotifications(
  url: string,
  { onMessage, onGap }: NotificationHandlers,
): Promise<Notifications> {
  let outbox: Outbox | undefined;
  let sending: Promise<void> | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;
  let gapTimer: NodeJS.Timeout | undefined;
  let isStarted = false;

  // After a random delay, so that not all processes read the database at the same moment.
  const noteGap = () => {
    gapTimer ??= setTimeout(() => {
      gapTimer = undefined;
      onGap();
    }, Math.random() * gapDelay.within).unref();
  };
  const listener = await openListener(url, {
    onMessage: (payload) => {
      const notices = parsePayload(payload);
      if (notices) onMessage(notices);
      else noteGap();
    },
    onConnected: () => {
      if (isStarted) noteGap();
      scheduleFlush();
    },
  });
  isStarted = true;
  const flush = async () => {
    if (!outbox) return;
    const payloads = payloadsFor(outbox);
    outbox = undefined;
    sentAt = performance.now();
    await listener.send(payloads).catch(() => {
      outbox = { notices: [], isLost: true };
    });
  };
  function scheduleFlush() {
    if (sending || !outbox || !listener.isUp()) return;
    sending = pause(sentAt + coalesceMs - performance.now())
      .then(flush)
      .finally(() => {
        sending = undefined;
        scheduleFlush();
      });
  }
  const refresh = setInterval(() => {
    noteGap();
    scheduleFlush();
  }, gapDelay.every).unref();
  return {
    publish: (notices) => {
      outbox = mergeNotices(outbox, notices);
      scheduleFlush();
    },
    close: async () => {
      clearInterval(refresh);
      clearTimeout(gapTimer);
      await sending;
      await flush();
      await listener.close();
    },
  };
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));

function mergeNotices(outbox: Outbox | undefined, more: readonly TicketNotice[]): Outbox {
  const notices = [...(outbox?.notices ?? []), ...more];
  if (outbox?.isLost || notices.length > maxNotices) return { notices: [], isLost: true };
  return { notices, isLost: false };
}

/** PostgreSQL takes payloads below 8,000 bytes; one notice has at most 40. */
const maxNoticesPerPayload = 190;
const lostPayload = 'lost';

/** A payload without notices means a change of the pool. */
function payloadsFor({ notices, isLost }: Outbox): string[] {
  if (isLost) return [lostPayload];
  const payloads = [];
  for (let from = 0; from === 0 || from < notices.length; from += maxNoticesPerPayload) {
    const some = notices.slice(from, from + maxNoticesPerPayload);
    payloads.push(JSON.stringify(some.map(({ ticketId, event }) => [ticketId, event])));
  }
  return payloads;
}

/** Undefined for the payload of a gap, and for one that cannot be parsed. */
function parsePayload(payload: string): TicketNotice[] | undefined {
  if (payload === lostPayload) return undefined;
  try {
    const pairs = JSON.parse(payload) as [TicketNotice['ticketId'], TicketNotice['event']][];
    return pairs.map(([ticketId, event]) => ({ ticketId, event }));
  } catch {
    return undefined;
  }
}
