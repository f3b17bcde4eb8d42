import { useState } from 'preact/hooks';
import { formatSize } from '../../i18n/format.ts';
import { t } from '../../i18n/messages.tsx';
import { useWork } from '../../state/use-abortable.ts';
import { Scroll } from '../viewer/scroll.tsx';
import type { Look } from '../viewer/viewer.ts';
import { ask } from '../viewer/worker-timeout.ts';
import { decode, mostBytes, showControls } from './decode.ts';
import type { Question, Run } from './highlight.ts';
import { languagesOf } from './syntaxes.ts';
import './text.css';

/** In ms; what takes longer stays without colours. */
const patience = 2_000;

/** A text, or the source of what a program would make something of: never more than its letters. */
export function Text({ name, bytes, fail }: Look) {
  const [text, setText] = useState<string>();
  const [runs, setRuns] = useState<readonly Run[]>();
  const read = async (signal: AbortSignal) => {
    const found = await readText(bytes);
    if (signal.aborted) return;
    setText(found);
    const coloured = await colour({ text: found, languages: languagesOf(name, found) }, signal);
    if (!signal.aborted) setRuns(coloured);
  };
  useWork((signal) => void read(signal).catch(() => fail('broken')), [bytes]);
  if (text === undefined) return <p class="preview-words">{t('preview.opening')}</p>;
  return (
    <>
      <Scroll class="text" label={t('preview.text')}>
        <pre class="code" dir="auto">
          {(runs ?? [{ text }]).map((run, index) => (
            <span key={index} class={run.of && `of-${run.of}`}>
              {run.text}
            </span>
          ))}
        </pre>
      </Scroll>
      {bytes.size > mostBytes && (
        <p class="preview-foot">
          {t('preview.first', { part: formatSize(mostBytes), whole: formatSize(bytes.size) })}
        </p>
      )}
    </>
  );
}

const readText = async (bytes: Blob) =>
  showControls(decode(new Uint8Array(await bytes.slice(0, mostBytes).arrayBuffer())));

/** Without colours it is read just as well. */
async function colour(question: Question, signal: AbortSignal) {
  if (question.languages.length === 0) return undefined;
  const worker = new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' });
  const answer = ask<Question, readonly Run[] | undefined>(worker, question, patience, signal);
  return answer.catch(() => undefined);
}
