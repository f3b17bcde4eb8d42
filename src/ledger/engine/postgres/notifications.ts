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
  /** Anything may have happened that was not heard. */
  onGap(): void;
}

/** Notices that are not sent yet. */
interface Outbox {
  readonly notices: readonly TicketNotice[];
  /** True if notices were dropped, so that the others must read everything again. */
  readonly isLost: boolean;
}

/** Notices within this time are sent together, in milliseconds. */
const coalescing = 50;
/** How many unsent notices are kept. */
const maxNotices = 10_000;
/** How often each process reads everything again in any case, and the longest random delay after a gap, in milliseconds. */
const lookingAgain = { every: 60_000, within: 500 };

/** Opens a telegraph; it comes up by itself when the database cannot be reached right now. */
export async function openNotifications(
  url: string,
  { onMessage, onGap }: NotificationHandlers,
): Promise<Notifications> {
  let news: Outbox | undefined;
  let telling: Promise<void> | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;
  let looking: NodeJS.Timeout | undefined;
  let isOpen = false;

  // Not all processes at the same moment: one database answers them.
  const lookAgain = () => {
    looking ??= setTimeout(() => {
      looking = undefined;
      onGap();
    }, Math.random() * lookingAgain.within).unref();
  };
  const wire = await openListener(url, {
    onMessage: (payload) => {
      const notices = read(payload);
      if (notices) onMessage(notices);
      else lookAgain();
    },
    onConnected: () => {
      if (isOpen) lookAgain();
      plan();
    },
  });
  isOpen = true;
  const flush = async () => {
    if (!news) return;
    const payloads = payloadsOf(news);
    news = undefined;
    toldAt = performance.now();
    await wire.send(payloads).catch(() => {
      news = { notices: [], isLost: true };
    });
  };
  function plan() {
    if (telling || !news || !wire.isUp()) return;
    telling = pause(toldAt + coalescing - performance.now())
      .then(flush)
      .finally(() => {
        telling = undefined;
        plan();
      });
  }
  const clock = setInterval(() => {
    lookAgain();
    plan();
  }, lookingAgain.every).unref();
  return {
    publish: (notices) => {
      news = mergeNotices(news, notices);
      plan();
    },
    close: async () => {
      clearInterval(clock);
      clearTimeout(looking);
      await telling;
      await flush();
      await wire.close();
    },
  };
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));

function mergeNotices(news: Outbox | undefined, more: readonly TicketNotice[]): Outbox {
  const notices = [...(news?.notices ?? []), ...more];
  if (news?.isLost || notices.length > maxNotices) return { notices: [], isLost: true };
  return { notices, isLost: false };
}

/** PostgreSQL takes payloads below 8,000 bytes; one notice has at most 40. */
const maxNoticesPerPayload = 190;
const lost = 'lost';

/** No notices at all say that the pool has changed. */
function payloadsOf({ notices, isLost }: Outbox): string[] {
  if (isLost) return [lost];
  const payloads = [];
  for (let from = 0; from === 0 || from < notices.length; from += maxNoticesPerPayload) {
    const some = notices.slice(from, from + maxNoticesPerPayload);
    payloads.push(JSON.stringify(some.map(({ ticketId, event }) => [ticketId, event])));
  }
  return payloads;
}

/** Undefined for news that were lost, and for anything that we do not understand. */
function read(payload: string): TicketNotice[] | undefined {
  if (payload === lost) return undefined;
  try {
    const pairs = JSON.parse(payload) as [TicketNotice['ticketId'], TicketNotice['event']][];
    return pairs.map(([ticketId, event]) => ({ ticketId, event }));
  } catch {
    return undefined;
  }
}
