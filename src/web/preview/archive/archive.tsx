import { useState } from 'preact/hooks';
import { formatSize } from '../../i18n/format.ts';
import { t } from '../../i18n/messages.tsx';
import { useWork } from '../../state/use-abortable.ts';
import { Icon } from '../../ui/icons.tsx';
import './archive.css';
import { Scroll } from '../viewer/scroll.tsx';
import type { Look } from '../viewer/viewer.ts';
import { ask, isLate } from '../viewer/worker-timeout.ts';
import type { Answer, Question } from './archive.worker.ts';
import type { Entry, Listing } from './listing.ts';

/** In ms. */
const patience = 10_000;

/** What lies in an archive, as a list. */
export function Archive({ type, bytes, fail }: Look) {
  const [listing, setListing] = useState<Listing>();
  const open = async (signal: AbortSignal) => {
    const worker = new Worker(new URL('./archive.worker.ts', import.meta.url), { type: 'module' });
    const answer = await ask<Question, Answer>(worker, { bytes, type }, patience, signal);
    if (answer) setListing(answer);
    // Much is packed that is no archive of files.
    else fail(type === 'tar.gz' ? 'kind' : 'broken');
  };
  useWork(
    (signal) =>
      void open(signal).catch((error) => signal.aborted || fail(isLate(error) ? 'slow' : 'broken')),
    [bytes, type],
  );
  if (!listing) return <p class="preview-words">{t('preview.opening')}</p>;
  return <Contents listing={listing} />;
}

function Contents({ listing }: { readonly listing: Listing }) {
  const { entries, files, size, isPartial, isMore } = listing;
  const sums = { count: files, size: formatSize(size) };
  return (
    <>
      <Scroll class="contents" label={t('preview.contents')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('preview.entry')}</th>
              <th scope="col">{t('preview.size')}</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry, index) => (
              <Row key={index} entry={entry} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="preview-foot">
        {isPartial ? t('preview.sums.partial', sums) : t('preview.sums', sums)}{' '}
        {isMore && t('preview.listed', { count: entries.length })}
      </p>
    </>
  );
}

function Row({ entry: { name, size, isFolder, isLocked } }: { readonly entry: Entry }) {
  return (
    <tr>
      <td>
        {isFolder && <Icon name="folder" />} <bdi>{name}</bdi>{' '}
        {isLocked && <span class="locked">{t('preview.locked')}</span>}
      </td>
      <td>{isFolder ? t('preview.folder') : formatSize(size)}</td>
    </tr>
  );
}
