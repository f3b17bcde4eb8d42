import { useState } from 'preact/hooks';
import { formatSize } from '../../i18n/format.ts';
import { t } from '../../i18n/messages.tsx';
import { useAbortable } from '../../state/use-abortable.ts';
import { Icon } from '../../ui/icons.tsx';
import { createModuleWorker } from '../../ui/own-scripts.ts';
import archiveAddress from './archive.worker.ts?worker&url';
import './archive.css';
import { ScrollArea } from '../viewer/scroll.tsx';
import type { ViewerProps } from '../viewer/viewer.ts';
import { askWorker, isTimeout } from '../viewer/worker-timeout.ts';
import type { ArchiveRequest, ArchiveResponse } from './archive.worker.ts';
import type { ArchiveEntry, ArchiveListing } from './listing.ts';

/** In milliseconds. */
const timeoutMs = 10_000;

/** The entries of an archive as a table. */
export function ArchiveViewer({ type, bytes, fail }: ViewerProps) {
  const [listing, setListing] = useState<ArchiveListing>();
  const open = async (signal: AbortSignal) => {
    const worker = createModuleWorker(archiveAddress);
    const answer = await askWorker<ArchiveRequest, ArchiveResponse>(worker, { bytes, type }, timeoutMs, signal);
    if (answer) setListing(answer);
    // Many gzip files contain no tar archive.
    else fail(type === 'tar.gz' ? 'kind' : 'broken');
  };
  useAbortable(
    (signal) => void open(signal).catch((error) => signal.aborted || fail(isTimeout(error) ? 'slow' : 'broken')),
    [bytes, type],
  );
  if (!listing) return <p class="preview-words">{t('preview.opening')}</p>;
  return <Contents listing={listing} />;
}

function Contents({ listing }: { readonly listing: ArchiveListing }) {
  const { entries, files, size, isPartial, isMore } = listing;
  const sums = { count: files, size: formatSize(size) };
  return (
    <>
      <ScrollArea class="contents" label={t('preview.contents')}>
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
      </ScrollArea>
      <p class="preview-foot">
        {isPartial ? t('preview.sums.partial', sums) : t('preview.sums', sums)}{' '}
        {isMore && t('preview.listed', { count: entries.length })}
      </p>
    </>
  );
}

function Row({ entry: { name, size, isFolder, isLocked } }: { readonly entry: ArchiveEntry }) {
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
