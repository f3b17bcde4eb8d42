import { useState } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { precheckFile } from '../files/selected-files.ts';
import type { FileSelection } from '../files/types.ts';
import { formatSize } from '../i18n/format.ts';
import { failureSentence, renderFileName, t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import { type Dispatch, isSharedOffer, type OfferedFile, type OfferState } from '../state/exchange.ts';
import { nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import { Icon } from '../ui/icons.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { GiveChoices } from './give-choices.tsx';
import { takeOffered } from './shared-files.ts';
import { Thumbnail } from './thumbnail.tsx';

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
  const count = offered.length;
  usePose({ stage: 'open' });
  const leave = () => dispatch({ type: 'ended', next: nextStep(services) });
  const answer = async (isYes: boolean) => {
    setAnswered(true);
    const files = (await takeOffered(offered)).map(({ file }) => file);
    if (!isYes || files.length === 0) return leave();
    const named = count === 1 ? files.map((file) => renamed(file, newName)) : files;
    giveFiles({ files: named, leftOut, unreadable, isTruncated });
  };
  const remove = (one: OfferedFile) => {
    if (count === 1) return void answer(false);
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
      <h2 id="offer">{t(isSharedOffer(state) ? 'shared' : 'offer', { count })}</h2>
      {count === 1 && only ? (
        <OneFile file={only.file} name={newName ?? only.file.name} rename={setNewName} />
      ) : (
        <ManyFiles {...{ offered, stats, remove }} />
      )}
      <p class="lead" id="offer-more">
        {t('offer.more', { count })}
      </p>
      <GiveChoices store={services.store} stats={stats} />
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
  );
}

interface ManyFilesProps extends Pick<OfferProps, 'stats'> {
  readonly offered: readonly OfferedFile[];
  readonly remove: (one: OfferedFile) => void;
}

/** More pictures than these would make a long list slow. */
const maxThumbnails = 60;

function ManyFiles({ offered, stats, remove }: ManyFilesProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: only what has the focus is scrolled by keys.
    <ul class="offered" tabIndex={0} aria-labelledby="offer">
      {offered.map((one, index) => (
        <li key={one.key}>
          {index < maxThumbnails && <Thumbnail file={one.file} />}
          <Facts file={one.file} maxSize={stats?.max_file_size} />
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

function Facts({ file, maxSize }: { readonly file: File; readonly maxSize: number | undefined }) {
  const failure = precheckFile(file, maxSize);
  return (
    <p>
      {renderFileName(file.name)}{' '}
      {failure ? (
        <span class="refusal">{failureSentence(failure)}</span>
      ) : (
        <span class="soft">{formatSize(file.size)}</span>
      )}
    </p>
  );
}
