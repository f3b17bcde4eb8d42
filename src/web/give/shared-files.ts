/**
 * Files that arrived through the Web Share Target API. Any site can post such a form, so the page gives them only after
 * a confirmation.
 */
import { useEffect, useRef } from 'preact/hooks';
import type { Failure } from '../failures.ts';
import { openSharedFiles } from '../service-worker/shared-files.ts';
import { canAskAboutShared, type Dispatch, type ExchangeState, type OfferedFile } from '../state/exchange.ts';

/** Offers them as soon as the stage can be left without a loss. */
export function useSharedFiles(state: ExchangeState, dispatch: Dispatch): void {
  const isNew = useRef(true);
  useEffect(() => {
    const failure = isNew.current ? readOutcome() : undefined;
    isNew.current = false;
    if (failure) dispatch({ type: state.name === 'idle' ? 'refused' : 'warned', failure });
    if (!canAskAboutShared(state)) return;
    const controller = new AbortController();
    void listSharedFiles().then((offered) => {
      if (offered.length > 0 && !controller.signal.aborted) dispatch({ type: 'shared', offered });
    });
    return () => controller.abort();
  }, [state]);
}

const outcomeFailures: Readonly<Record<string, Failure>> = {
  missing: { code: 'share-missing' },
  empty: { code: 'share-empty' },
  full: { code: 'share-full' },
};

/** Reads the outcome from the query string once, and removes it. */
function readOutcome(): Failure | undefined {
  const outcome = new URLSearchParams(location.search).get('share');
  if (outcome === null) return undefined;
  history.replaceState(null, '', location.pathname);
  return outcomeFailures[outcome];
}

/** Empty if the browser has no Cache API or denies it. */
const listSharedFiles = () =>
  openSharedFiles()
    .then((sharedStore) => sharedStore.list())
    .then((shared) => shared.map((one): OfferedFile => ({ ...one, isShared: true })))
    .catch((): readonly OfferedFile[] => []);

/** Takes the shared ones out of the cache; returns all files but those that another page has taken there. */
export async function takeOffered(offered: readonly OfferedFile[]): Promise<readonly OfferedFile[]> {
  const shared = offered.filter(({ isShared }) => isShared);
  if (shared.length === 0) return offered;
  const taken = await openSharedFiles()
    .then((sharedStore) => sharedStore.take(shared))
    .catch(() => shared);
  const keys = new Set(taken.map(({ key }) => key));
  return offered.filter(({ key, isShared }) => !isShared || keys.has(key));
}
