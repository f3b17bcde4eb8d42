import { useCallback, useRef } from 'preact/hooks';
import type { Why } from '../failures.ts';
import { findFault, isReadable, type Offered } from '../files/selected-files.ts';
import { type Dispatch, type Event, isFree, mayTurn, type State } from '../state/exchange.ts';
import type { Tools } from '../state/services.ts';
import { newKey } from '../transfer/give-with-retry.ts';

interface OfferProps {
  readonly state: State;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
  readonly setAside: (why: Why) => void;
  readonly largest: number | undefined;
}

/** What happens with files that were chosen, dropped or pasted, whatever the page is busy with. */
export function useOffer({ state, tools, dispatch, setAside, largest }: OfferProps) {
  const now = useRef({ state, largest });
  // What is dropped may be a folder, and the page goes on while it is walked through.
  now.current = { state, largest };
  return useCallback(
    async (offered: Offered | Promise<Offered>) => {
      const found = await offered;
      const { state, largest } = now.current;
      const { files } = found;
      const [file] = files;
      if (!mayTurn(state)) setAside({ code: 'busy' });
      else if (!file && !isFree(state)) setAside({ code: 'folder-empty' });
      else if (!file) dispatch({ type: 'refused', why: { code: 'folder-empty' } });
      else if (files.length > 1 || !isFree(state)) {
        tools.run.add(found, largest);
        dispatch({ type: 'turned', to: 'many' });
      } else dispatch(await lookAt(file, largest));
    },
    [tools, dispatch, setAside],
  );
}

/** What becomes of a single file. */
async function lookAt(file: File, largest: number | undefined): Promise<Event> {
  const why = findFault(file, largest);
  if (why) return { type: 'refused', why };
  if (!(await isReadable(file))) return { type: 'refused', why: { code: 'unreadable' } };
  return { type: 'offered', offering: { file, key: newKey() } };
}
