import type { RefObject } from 'preact';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { offerText, useFocusFallback } from '../announcer.tsx';
import { totalsSentence } from '../batch/announcements.ts';
import { useBatchPolling } from '../batch/use-batch-polling.ts';
import type { FileSelection } from '../files/types.ts';
import type { Batch } from '../state/batch.ts';
import type { Dispatch, ExchangeState } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';
import { lazyPart, useLoaded } from '../ui/use-loaded.ts';

type BatchView = typeof import('./views.ts').BatchView;

const views = lazyPart(() => import('./views.ts'));

interface AfterChoiceProps {
  readonly state: Extract<ExchangeState, { name: 'offered' | 'batch' }>;
  readonly services: Services;
  readonly dispatch: Dispatch;
  readonly batch: Batch;
  readonly stats: PoolStats | undefined;
  readonly offerFiles: (selection: FileSelection) => void;
  readonly giveFiles: (selection: FileSelection) => void;
  readonly stage: RefObject<HTMLElement | null>;
}

/** The stage once files are chosen: the question about them, or the batch. Until the views are loaded, their heading. */
export function AfterChoice({ state, stage, batch, offerFiles, giveFiles, ...props }: AfterChoiceProps) {
  const loaded = useLoaded(views);
  // The heading has the focus, and gives way to the view.
  useFocusFallback(stage, loaded ? 'loaded' : 'loading');
  if (!loaded)
    return (
      <h2 tabIndex={-1} data-focus>
        {state.name === 'batch' ? totalsSentence(batch) : offerText(state, props.stats?.max_file_size)}
      </h2>
    );
  return state.name === 'batch' ? (
    <PolledBatch {...props} {...{ state, batch, offerFiles }} View={loaded.BatchView} />
  ) : (
    <loaded.Offer {...props} state={state} giveFiles={giveFiles} />
  );
}

type BatchProps = Parameters<BatchView>[0];

/** Polling is part of the first load: the rest of it needs the same code. */
function PolledBatch({ View, ...props }: Omit<BatchProps, 'isReached'> & { readonly View: BatchView }) {
  const isReached = useBatchPolling(props.services, props.batch, props.stats);
  return <View {...props} isReached={isReached} />;
}

/** One of these precedes a choice of files. */
const interactions = ['pointerdown', 'keydown', 'dragenter', 'focusin'] as const;

/** Loads the views at the first interaction, so that they are there when files are chosen. */
export function preloadAtInteraction(): void {
  const controller = new AbortController();
  const load = () => {
    controller.abort();
    void loadViews();
  };
  for (const event of interactions) addEventListener(event, load, { signal: controller.signal });
}

/** A failure shows when the views are needed. */
export const loadViews = (): Promise<unknown> => views.load().catch(() => undefined);
