import { useCallback, useRef } from 'preact/hooks';
import type { Failure } from '../failures.ts';
import { isReadable, precheckFile } from '../files/selected-files.ts';
import type { FileSelection } from '../files/types.ts';
import { canGive, canSwitch, type Dispatch, type ExchangeEvent, type ExchangeState } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';
import { createIdempotencyKey } from '../transfer/give-with-retry.ts';

interface UseGiveOptions {
  readonly state: ExchangeState;
  readonly services: Services;
  readonly dispatch: Dispatch;
  readonly setPageFailure: (failure: Failure) => void;
  readonly maxSize: number | undefined;
}

/**
 * Returns a function that gives selected files: one on the stage, several in the batch. It can be called in any state.
 */
export function useGive({ state, services, dispatch, setPageFailure, maxSize }: UseGiveOptions) {
  const latest = useRef({ state, maxSize });
  // Reading a dropped folder takes a while, in which the state may change.
  latest.current = { state, maxSize };
  return useCallback(
    async (selection: FileSelection | Promise<FileSelection>) => {
      const resolved = await selection;
      const { state, maxSize } = latest.current;
      const { files } = resolved;
      const [file] = files;
      if (!canSwitch(state)) setPageFailure({ code: 'busy' });
      else if (!file && !canGive(state)) setPageFailure({ code: 'folder-empty' });
      else if (!file) dispatch({ type: 'refused', failure: { code: 'folder-empty' } });
      else if (files.length > 1 || !canGive(state)) {
        services.uploader.add(resolved, maxSize);
        dispatch({ type: 'switched', to: 'batch' });
      } else dispatch(await checkFile(file, maxSize));
    },
    [services, dispatch, setPageFailure],
  );
}

/** Checks a single file. */
async function checkFile(file: File, maxSize: number | undefined): Promise<ExchangeEvent> {
  const failure = precheckFile(file, maxSize);
  if (failure) return { type: 'refused', failure };
  if (!(await isReadable(file))) return { type: 'refused', failure: { code: 'unreadable' } };
  return { type: 'selected', keyedFile: { file, key: createIdempotencyKey() } };
}
