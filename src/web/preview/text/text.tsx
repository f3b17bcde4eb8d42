import { useState } from 'preact/hooks';
import { formatSize } from '../../i18n/format.ts';
import { t } from '../../i18n/messages.tsx';
import { useAbortable } from '../../state/use-abortable.ts';
import { createModuleWorker } from '../../ui/own-scripts.ts';
import { ScrollArea } from '../viewer/scroll.tsx';
import type { ViewerProps } from '../viewer/viewer.ts';
import { askWorker } from '../viewer/worker-timeout.ts';
import { maxTextBytes, readText } from './decode.ts';
import type { HighlightRequest, TextRun } from './highlight.ts';
import highlightAddress from './highlight.worker.ts?worker&url';
import { syntaxesOf } from './syntaxes.ts';
import './text.css';

/** In milliseconds; after that the text stays plain. */
const timeoutMs = 2_000;

/** Text or source code, as plain characters. */
export function TextViewer({ name, bytes, fail }: ViewerProps) {
  const [text, setText] = useState<string>();
  const [runs, setRuns] = useState<readonly TextRun[]>();
  const read = async (signal: AbortSignal) => {
    const found = await readText(bytes);
    if (signal.aborted) return;
    setText(found);
    const highlighted = await highlightInWorker({ text: found, languages: syntaxesOf(name, found) }, signal);
    if (!signal.aborted) setRuns(highlighted);
  };
  useAbortable((signal) => void read(signal).catch(() => fail('broken')), [bytes]);
  if (text === undefined) return <p class="preview-words">{t('preview.opening')}</p>;
  return (
    <>
      <ScrollArea class="text" label={t('preview.text')}>
        <pre class="code" dir="auto">
          {(runs ?? [{ text }]).map((run, index) => (
            <span key={index} class={run.of && `of-${run.of}`}>
              {run.text}
            </span>
          ))}
        </pre>
      </ScrollArea>
      {bytes.size > maxTextBytes && (
        <p class="preview-foot">
          {t('preview.first', { part: formatSize(maxTextBytes), whole: formatSize(bytes.size) })}
        </p>
      )}
    </>
  );
}

/** Fails silently: plain text is readable. */
async function highlightInWorker(question: HighlightRequest, signal: AbortSignal) {
  if (question.languages.length === 0) return undefined;
  const worker = createModuleWorker(highlightAddress);
  const answer = askWorker<HighlightRequest, readonly TextRun[] | undefined>(worker, question, timeoutMs, signal);
  return answer.catch(() => undefined);
}
