import { useEffect, useRef, useState } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import type { Batch } from '../state/batch.ts';
import type { Services } from '../state/services.ts';
import { useAbortable } from '../state/use-abortable.ts';
import { createTicketPoller, type PollRound } from './poll-tickets.ts';
import { totalsOf } from './totals.ts';

/** Polls the tickets of the batch while the page is visible, and after each gift; returns whether the service answers. */
export function useBatchPolling({ client, store, uploader }: Services, batch: Batch, stats: PoolStats | undefined) {
  const [isReached, setReached] = useState(true);
  const requestRound = useRef<(round: PollRound) => void>(undefined);
  useAbortable(
    (signal) => {
      uploader.addPending();
      uploader.syncWithHistory();
      store.onChange(() => uploader.syncWithHistory(), signal);
      const request = createTicketPoller({ client, store, uploader, signal, onReachable: setReached });
      const pollAll = () => {
        if (document.visibilityState === 'visible') request('all');
      };
      document.addEventListener('visibilitychange', pollAll, { signal });
      addEventListener('online', pollAll, { signal });
      requestRound.current = request;
      pollAll();
    },
    [client, store, uploader],
  );
  useEffect(() => requestRound.current?.('waiting'), [totalsOf(batch).given, stats]);
  return isReached;
}
