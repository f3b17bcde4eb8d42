import { useEffect, useState } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { listenToEvents } from '../transfer/event-source.ts';

interface PoolState {
  /** Undefined until the first arrive. */
  readonly stats: PoolStats | undefined;
  /** False while the service does not answer. */
  readonly isReached: boolean;
}

/** The pool's statistics from server-sent events. */
export function usePoolStats(client: Client): PoolState {
  const [{ stats, isReached }, setState] = useState<PoolState>({ stats: undefined, isReached: true });
  useEffect(() => {
    let stream: AbortController | undefined;
    const update = (newStats: PoolStats | undefined) =>
      setState(({ stats }) => ({ stats: newStats ?? stats, isReached: newStats !== undefined }));
    // Close the stream of a hidden page: browsers allow few connections to a host for all tabs together.
    const followWhileVisible = () => {
      stream?.abort();
      stream = document.visibilityState === 'visible' ? followPool(client, update) : undefined;
    };
    followWhileVisible();
    document.addEventListener('visibilitychange', followWhileVisible);
    return () => {
      document.removeEventListener('visibilitychange', followWhileVisible);
      stream?.abort();
    };
  }, [client]);
  return { stats, isReached };
}

function followPool(client: Client, update: (stats: PoolStats | undefined) => void): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const fetchStats = async () => {
    const stats = await client.poolStats().catch(() => undefined);
    if (!signal.aborted) update(stats);
  };
  listenToEvents<PoolStats>(client.eventsUrl('pool'), 'stats', { onMessage: update, onGap: fetchStats }, signal);
  return controller;
}
