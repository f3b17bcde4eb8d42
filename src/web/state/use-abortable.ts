import { useEffect } from 'preact/hooks';
import type { Dispatch, Event } from './exchange.ts';

/** Starts work when a component appears or `inputs` change, and aborts it when it goes. */
export function useWork(start: (signal: AbortSignal) => void, inputs: readonly unknown[]): void {
  useEffect(() => {
    const controller = new AbortController();
    start(controller.signal);
    return () => controller.abort();
  }, inputs as unknown[]);
}

/** The same for work that comes to an event; what comes of aborted work is of no interest any more. */
export function useOutcome(
  work: (signal: AbortSignal) => Promise<Event>,
  dispatch: Dispatch,
  inputs: readonly unknown[],
): void {
  useWork((signal) => {
    const tell = (event: Event) => {
      if (!signal.aborted) dispatch(event);
    };
    void work(signal).then(tell);
  }, inputs);
}
