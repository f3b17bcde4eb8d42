import { useEffect } from 'preact/hooks';
import type { Dispatch, ExchangeEvent } from './exchange.ts';

/** Starts work when a component appears or `inputs` change, and aborts it when it goes. */
export function useAbortable(
  start: (signal: AbortSignal) => void,
  inputs: readonly unknown[],
): void {
  useEffect(() => {
    const controller = new AbortController();
    start(controller.signal);
    return () => controller.abort();
  }, inputs as unknown[]);
}

/** The same for work that comes to an event; what comes of aborted work is of no interest any more. */
export function useAbortableDispatch(
  work: (signal: AbortSignal) => Promise<ExchangeEvent>,
  dispatch: Dispatch,
  inputs: readonly unknown[],
): void {
  useAbortable((signal) => {
    const tell = (event: ExchangeEvent) => {
      if (!signal.aborted) dispatch(event);
    };
    void work(signal).then(tell);
  }, inputs);
}
