import { useEffect, useState } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { ownName, ownPath } from '../own-address.ts';
import { listenToEvents } from '../transfer/event-source.ts';
import { runInOneTab } from '../transfer/one-tab.ts';

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

/** How long a tab waits for the turn to listen before it asks once, in milliseconds. */
const turnDelayMs = 300;

/** One tab listens, and tells the others. */
function followPool(client: Client, update: (stats: PoolStats | undefined) => void): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const tabs = new BroadcastChannel(ownName('exchange.pool', ownPath()));
  tabs.onmessage = ({ data }: MessageEvent<PoolStats | undefined>) => update(data);
  const tell = (stats: PoolStats | undefined) => {
    if (signal.aborted) return;
    update(stats);
    tabs.postMessage(stats);
  };
  const fetchStats = () => client.poolStats().catch(() => undefined);
  const turn = setTimeout(async () => {
    const stats = await fetchStats();
    if (!signal.aborted) update(stats);
  }, turnDelayMs);
  const listen = () => {
    clearTimeout(turn);
    const onGap = async () => tell(await fetchStats());
    listenToEvents<PoolStats>(client.eventsUrl('pool'), 'stats', { onMessage: tell, onGap }, signal);
  };
  runInOneTab('exchange.pool-stream', listen, signal);
  signal.addEventListener('abort', () => {
    clearTimeout(turn);
    tabs.close();
  });
  return controller;
}
