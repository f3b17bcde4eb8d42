import { useEffect, useState } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { listenToEvents } from '../transfer/event-source.ts';

/** The pool's statistics from server-sent events; undefined until the first arrive. */
export function usePoolStats(client: Client): PoolStats | undefined {
  const [stats, setStats] = useState<PoolStats>();
  useEffect(() => {
    let stream: AbortController | undefined;
    // Close the stream of a hidden page: browsers allow few connections to a host for all tabs together.
    const followWhileVisible = () => {
      stream?.abort();
      stream = document.visibilityState === 'visible' ? followPool(client, setStats) : undefined;
    };
    followWhileVisible();
    document.addEventListener('visibilitychange', followWhileVisible);
    return () => {
      document.removeEventListener('visibilitychange', followWhileVisible);
      stream?.abort();
    };
  }, [client]);
  return stats;
}

function followPool(client: Client, onMessage: (stats: PoolStats) => void): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const fetchStats = async () => {
    const stats = await client.poolStats().catch(() => undefined);
    if (stats && !signal.aborted) onMessage(stats);
  };
  listenToEvents<PoolStats>(client.eventsUrl('pool'), 'stats', { onMessage, onGap: fetchStats }, signal);
  return controller;
}
