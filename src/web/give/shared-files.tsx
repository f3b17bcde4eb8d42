/**
 * Files that arrived through the Web Share Target API. Any site can post such a form, so the page gives them only after
 * a confirmation.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Failure } from '../failures.ts';
import type { FileSelection } from '../files/types.ts';
import { formatSize } from '../i18n/format.ts';
import { renderFileName, t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import { openSharedFiles, type SharedFile } from '../service-worker/shared-files.ts';
import { canAskAboutShared, type Dispatch, type ExchangeState, type SharingState } from '../state/exchange.ts';
import { nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import { FailureNotice } from '../ui/notice.tsx';

interface SharedFilesPromptProps {
  readonly state: SharingState;
  readonly services: Services;
  readonly dispatch: Dispatch;
  readonly giveFiles: (selection: FileSelection) => void;
}

/** Asks whether to give the shared files. */
export function SharedFilesPrompt({
  state: { shared, failure },
  services,
  dispatch,
  giveFiles,
}: SharedFilesPromptProps) {
  const [isAnswered, setAnswered] = useState(false);
  const answer = async (isYes: boolean) => {
    setAnswered(true);
    const files = (await takeSharedFiles(shared)).map(({ file }) => file);
    if (isYes && files.length > 0) giveFiles({ files });
    else dispatch({ type: 'ended', next: nextStep(services) });
  };
  const count = shared.length;
  usePose({ stage: 'open' });
  return (
    <>
      {failure && <FailureNotice failure={failure} />}
      <h2 tabIndex={-1} data-focus>
        {t('shared', { count })}
      </h2>
      <ul class="shared">
        {shared.map(({ key, file }) => (
          <li key={key}>
            {renderFileName(file.name)} <span class="soft">{formatSize(file.size)}</span>
          </li>
        ))}
      </ul>
      <p class="lead">{t('shared.more', { count })}</p>
      <div class="actions">
        <button type="button" class="primary" disabled={isAnswered} onClick={() => answer(true)}>
          {t('shared.give', { count })}
        </button>
        <button type="button" disabled={isAnswered} onClick={() => answer(false)}>
          {t('shared.notNow')}
        </button>
      </div>
    </>
  );
}

/** Shows the prompt as soon as the stage can be left without a loss. */
export function useSharedFiles(state: ExchangeState, dispatch: Dispatch): void {
  const isNew = useRef(true);
  useEffect(() => {
    const failure = isNew.current ? readOutcome() : undefined;
    isNew.current = false;
    if (failure) dispatch({ type: state.name === 'idle' ? 'refused' : 'warned', failure });
    if (!canAskAboutShared(state)) return;
    const controller = new AbortController();
    void listSharedFiles().then((shared) => {
      if (shared.length > 0 && !controller.signal.aborted) dispatch({ type: 'shared', shared });
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
    .catch((): readonly SharedFile[] => []);

const takeSharedFiles = (shared: readonly SharedFile[]) =>
  openSharedFiles()
    .then((sharedStore) => sharedStore.take(shared))
    .catch(() => shared);
