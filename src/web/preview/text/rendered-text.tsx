import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatSize } from '../../i18n/format.ts';
import { t } from '../../i18n/messages.tsx';
import { useAbortable } from '../../state/use-abortable.ts';
import { createModuleWorker } from '../../ui/own-scripts.ts';
import { ScrollArea } from '../viewer/scroll.tsx';
import type { ViewerProps } from '../viewer/viewer.ts';
import { askWorker } from '../viewer/worker-timeout.ts';
import { maxTextBytes, readText } from './decode.ts';
import { TextViewer } from './text.tsx';

/** In milliseconds; after that the text is shown as it is written. */
const timeoutMs = 2_000;

interface RenderedTextProps<Content> extends ViewerProps {
  readonly class: string;
  /** The address of a worker that answers a text with its content; undefined if the text is better shown as it is. */
  readonly worker: string;
  readonly render: (content: Content) => ComponentChildren;
  /** A remark about the content. */
  readonly note?: (content: Content) => string | false;
}

/** A text as it is meant to look, with its source a click away; the source alone if it cannot be parsed. */
export function RenderedText<Content>({
  class: className,
  worker,
  render,
  note,
  ...viewer
}: RenderedTextProps<Content>) {
  const { bytes } = viewer;
  const [content, setContent] = useState<Content>();
  const [isSource, setSource] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const read = async (signal: AbortSignal) => {
    const text = await readText(bytes);
    const answer = await askWorker<string, Content | undefined>(createModuleWorker(worker), text, timeoutMs, signal);
    if (answer === undefined) setFailed(true);
    else setContent(answer);
  };
  useAbortable((signal) => void read(signal).catch(() => signal.aborted || setFailed(true)), [bytes]);
  if (hasFailed) return <TextViewer {...viewer} />;
  if (content === undefined) return <p class="preview-words">{t('preview.opening')}</p>;
  return (
    <>
      {isSource ? (
        <TextViewer {...viewer} />
      ) : (
        <ScrollArea class={className} label={t('preview.text')}>
          {render(content)}
        </ScrollArea>
      )}
      <div class="preview-foot">
        <button type="button" onClick={() => setSource(!isSource)}>
          {isSource ? t('preview.rendered') : t('preview.source')}
        </button>{' '}
        {!isSource && bytes.size > maxTextBytes
          ? t('preview.first', { part: formatSize(maxTextBytes), whole: formatSize(bytes.size) })
          : !isSource && note?.(content)}
      </div>
    </>
  );
}
