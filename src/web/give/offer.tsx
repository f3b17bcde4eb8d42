import { useState } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { offerText } from '../announcer.tsx';
import { countToGive, isUncleanable, precheckFile } from '../files/selected-files.ts';
import type { FileSelection } from '../files/types.ts';
import { formatSize } from '../i18n/format.ts';
import { failureSentence, renderFileName, t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Dispatch, OfferedFile, OfferState } from '../state/exchange.ts';
import { nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import { Icon } from '../ui/icons.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { GiveChoices } from './give-choices.tsx';
import { takeOffered } from './shared-files.ts';
import { Thumbnail } from './thumbnail.tsx';
import './offer.css';

interface OfferProps {
  readonly state: OfferState;
  readonly services: Services;
  readonly dispatch: Dispatch;
  readonly stats: PoolStats | undefined;
  readonly giveFiles: (selection: FileSelection) => void;
}

/** The step between choosing and giving: shows the files, and gives them only after a confirmation. */
export function Offer({ state, services, dispatch, stats, giveFiles }: OfferProps) {
  const { offered, failure, leftOut = 0, unreadable = 0, isTruncated = false } = state;
  const [isAnswered, setAnswered] = useState(false);
  const [newName, setNewName] = useState<string>();
  const [only] = offered;
  const maxSize = stats?.max_file_size;
  const isOne = offered.length === 1;
  const count = countToGive(offered, maxSize);
  // Where everything is cleaned, the service refuses a file without a cleaner.
  const canKeep = stats?.strip_metadata === undefined || stats.strip_metadata === 'ask';
  usePose({ stage: 'open' });
  const leave = () => dispatch({ type: 'ended', next: nextStep(services) });
  const answer = async (isYes: boolean) => {
    setAnswered(true);
    const files = (await takeOffered(offered)).map(({ file }) => file);
    if (!isYes || files.length === 0) return leave();
    const named = isOne ? files.map((file) => renamed(file, newName)) : files;
    giveFiles({ files: named, leftOut, unreadable, isTruncated });
  };
  const remove = (one: OfferedFile) => {
    if (isOne) return void answer(false);
    void takeOffered([one]);
    dispatch({ type: 'offer-removed', key: one.key });
  };
  return (
    <form
      class="offer"
      onSubmit={(event) => {
        event.preventDefault();
        void answer(true);
      }}
    >
      {failure && <FailureNotice failure={failure} />}
      <h2 id="offer">{offerText(state, maxSize)}</h2>
      {isOne && only ? (
        <OneFile file={only.file} name={newName ?? only.file.name} rename={setNewName} />
      ) : (
        <ManyFiles {...{ offered, maxSize, canKeep, remove }} />
      )}
      <p class="lead" id="offer-more">
        {t('offer.more', { count })}
      </p>
      <GiveChoices
        store={services.store}
        stats={stats}
        isUncleanable={canKeep && isOne && only !== undefined && isUncleanable(renamed(only.file, newName))}
      />
      <div class="actions">
        <button
          type="submit"
          class="primary"
          disabled={isAnswered}
          data-focus
          ref={focusFirst}
          aria-describedby="offer offer-more"
        >
          {t('offer.give', { count })}
        </button>
        <button type="button" class="link" disabled={isAnswered} onClick={() => void answer(false)}>
          {t('offer.notNow')}
        </button>
      </div>
    </form>
  );
}

/** So that Enter gives. A stable function: it runs only when the button appears. */
const focusFirst = (button: HTMLButtonElement | null) => button?.focus({ preventScroll: true });

/** The same bytes under another name; an empty one changes nothing. */
function renamed(file: File, name = ''): File {
  const wanted = name.trim();
  if (wanted === '' || wanted === file.name) return file;
  return new File([file], wanted, { type: file.type, lastModified: file.lastModified });
}

interface OneFileProps {
  readonly file: File;
  readonly name: string;
  readonly rename: (name: string) => void;
}

function OneFile({ file, name, rename }: OneFileProps) {
  return (
    <div class="offered-one">
      <Thumbnail file={file} />
      <div>
        <label>
          <span>{t('offer.name')}</span>
          <input
            type="text"
            value={name}
            dir="auto"
            maxLength={200}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => rename(currentTarget.value)}
          />
        </label>
        <p class="soft">{formatSize(file.size)}</p>
      </div>
    </div>
  );
}

interface FileLimits {
  readonly maxSize: number | undefined;
  /** True if files may be given with their metadata. */
  readonly canKeep: boolean;
}

interface ManyFilesProps extends FileLimits {
  readonly offered: readonly OfferedFile[];
  readonly remove: (one: OfferedFile) => void;
}

/** More pictures than these would make a long list slow. */
const maxThumbnails = 60;

/** Files with a note come first: a long list shows only its beginning. */
function ManyFiles({ offered, remove, ...limits }: ManyFilesProps) {
  const noted = offered.map((one) => ({ one, note: noteAbout(one.file, limits) }));
  const sorted = [...noted.filter(({ note }) => note), ...noted.filter(({ note }) => !note)];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: only what has the focus is scrolled by keys.
    <ul class="offered" tabIndex={0} aria-labelledby="offer">
      {sorted.map(({ one, note }, index) => (
        <li key={one.key}>
          <div>
            {index < maxThumbnails && <Thumbnail file={one.file} />}
            <p>
              {renderFileName(one.file.name)} <span class="soft">{formatSize(one.file.size)}</span>
              {note && <em>{note}</em>}
            </p>
          </div>
          <button
            type="button"
            class="link"
            aria-label={t('offer.remove', { name: one.file.name })}
            onClick={() => remove(one)}
          >
            <Icon name="cross" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Why a file is not given, or is given with its metadata. */
function noteAbout(file: File, { maxSize, canKeep }: FileLimits): string | undefined {
  const failure = precheckFile(file, maxSize);
  if (failure) return failureSentence(failure);
  return canKeep && isUncleanable(file) ? t('strip.cannot') : undefined;
}
