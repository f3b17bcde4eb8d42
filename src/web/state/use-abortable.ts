import { useEffect } from 'preact/hooks';
import type { Dispatch, ExchangeEvent } from './exchange.ts';

/** `useEffect` with an `AbortSignal` that aborts on cleanup. */
export function useAbortable(start: (signal: AbortSignal) => void, inputs: readonly unknown[]): void {
  useEffect(() => {
    const controller = new AbortController();
    start(controller.signal);
    return () => controller.abort();
  }, inputs as unknown[]);
}

/** The same for work that returns an event. The event of aborted work is dropped. */
export function useAbortableDispatch(
  work: (signal: AbortSignal) => Promise<ExchangeEvent>,
  dispatch: Dispatch,
  inputs: readonly unknown[],
): void {
  useAbortable((signal) => {
    const dispatchUnlessAborted = (event: ExchangeEvent) => {
      if (!signal.aborted) dispatch(event);
    };
    void work(signal).then(dispatchUnlessAborted);
  }, inputs);
}
