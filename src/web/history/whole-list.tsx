import { useId, useRef, useState } from 'preact/hooks';
import { joinSentences, t } from '../i18n/messages.tsx';
import type { Services } from '../state/services.ts';
import { Icon } from '../ui/icons.tsx';
import { EraseHistory } from './erase.tsx';
import { exportHistory, exportTable, saveTextFile } from './export.ts';
import { type ImportResult, importHistory } from './import.ts';
import type { Stage } from './resume.ts';

interface WholeProps {
  readonly services: Services;
  readonly stage: Stage;
  readonly isEmpty: boolean;
  readonly erased: () => void;
  /** Called after a list was added: its tickets may have changed since it was exported. */
  readonly imported: () => void;
}

/** Export, import and erasure of the whole list. An empty list can only be imported. */
export function WholeList({ services, stage, isEmpty, erased, imported }: WholeProps) {
  const { store } = services;
  const warning = useId();
  return (
    <div class="whole">
      {!isEmpty && (
        <>
          <button
            type="button"
            aria-describedby={warning}
            onClick={() => saveTextFile('my-exchanges.json', exportHistory(store, Date.now()), 'application/json')}
          >
            <Icon name="export" /> {t('mine.export')}
          </button>
          <p class="quiet" id={warning}>
            {t('mine.export.about')}
          </p>
          <button
            type="button"
            onClick={() => saveTextFile('my-exchanges.csv', exportTable(store), 'text/csv;charset=utf-8')}
          >
            <Icon name="export" /> {t('mine.export.table')}
          </button>
        </>
      )}
      <ImportList services={services} imported={imported} />
      {!isEmpty && <EraseHistory services={services} stage={stage} erased={erased} />}
    </div>
  );
}

/** Adds the exported list of another browser. */
function ImportList({ services, imported }: Pick<WholeProps, 'services' | 'imported'>) {
  const input = useRef<HTMLInputElement>(null);
  const [result, setResult] = useState<ImportResult>();
  const picked = async ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const [file] = currentTarget.files ?? [];
    if (!file) return;
    setResult(await importHistory(services.store, file));
    imported();
    // Lets the same file be chosen again.
    currentTarget.value = '';
  };
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        <Icon name="folder" /> {t('mine.import')}
      </button>
      <input ref={input} type="file" accept=".json,application/json" hidden onChange={(event) => void picked(event)} />
      <p class="quiet" role="status">
        {result ? importSentence(result) : t('mine.import.about')}
      </p>
    </>
  );
}

function importSentence({ fault, added, isOtherGiver }: ImportResult): string {
  if (fault === 'not-a-list') return t('mine.import.broken');
  return joinSentences(
    t('mine.import.done', { added }),
    isOtherGiver && t('mine.import.other'),
    fault && t('mine.import.full'),
  );
}
