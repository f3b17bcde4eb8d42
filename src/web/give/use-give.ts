import { useCallback, useRef } from 'preact/hooks';
import type { Failure } from '../failures.ts';
import { isReadable, isUncleanable, precheckFile } from '../files/selected-files.ts';
import type { FileSelection } from '../files/types.ts';
import { canGive, canSwitch, type Dispatch, type ExchangeEvent, type ExchangeState } from '../state/exchange.ts';
import type { Services } from '../state/services.ts';
import { createIdempotencyKey } from '../state/upload-records.ts';

interface UseGiveOptions {
  readonly state: ExchangeState;
  readonly services: Services;
  readonly dispatch: Dispatch;
  readonly setPageFailure: (failure: Failure) => void;
  readonly maxSize: number | undefined;
}

interface GiveFunctions {
  /** Asks about selected files. It can be called in any state. */
  readonly offer: (selection: FileSelection | Promise<FileSelection>) => Promise<void>;
  /** Gives confirmed files: one on the stage, several in the batch. */
  readonly give: (selection: FileSelection) => Promise<void>;
}

/** The two halves of giving. */
export function useGive({ state, services, dispatch, setPageFailure, maxSize }: UseGiveOptions): GiveFunctions {
  const latest = useRef({ state, maxSize });
  // Reading a dropped folder takes a while, in which the state may change.
  latest.current = { state, maxSize };
  const offer = useCallback(
    async (selection: FileSelection | Promise<FileSelection>) => {
      const { files, ...rest } = await selection;
      const { state, maxSize } = latest.current;
      const [file] = files;
      if (!canSwitch(state)) return setPageFailure({ code: 'busy' });
      if (!file && canGive(state)) return dispatch({ type: 'refused', failure: { code: 'folder-empty' } });
      if (!file) return setPageFailure({ code: 'folder-empty' });
      const isOnly = files.length === 1 && canGive(state) && state.name !== 'offered';
      const failure = isOnly ? await failureBeforeUpload(file, maxSize) : undefined;
      if (failure) return dispatch({ type: 'refused', failure });
      dispatch({ type: 'offered', offered: files.map((one) => ({ key: createIdempotencyKey(), file: one })), ...rest });
    },
    [dispatch, setPageFailure],
  );
  const give = useCallback(
    async (selection: FileSelection) => {
      const { state, maxSize } = latest.current;
      const [file] = selection.files;
      if (file && selection.files.length === 1 && canGive(state))
        return dispatch(await checkFile(file, maxSize, services));
      services.uploader.add(selection, maxSize);
      dispatch({ type: 'switched', to: 'batch' });
    },
    [services, dispatch],
  );
  return { offer, give };
}

async function checkFile(file: File, maxSize: number | undefined, { uploads }: Services): Promise<ExchangeEvent> {
  const failure = await failureBeforeUpload(file, maxSize);
  if (failure) return { type: 'refused', failure };
  // The offer has said so.
  const isAsItIs = isUncleanable(file);
  return { type: 'selected', keyedFile: { file, key: uploads.keyFor(file), ...(isAsItIs && { isAsItIs }) } };
}

/** Why a single file cannot be given, as far as the page knows. */
async function failureBeforeUpload(file: File, maxSize: number | undefined): Promise<Failure | undefined> {
  return precheckFile(file, maxSize) ?? ((await isReadable(file)) ? undefined : { code: 'unreadable' });
}
