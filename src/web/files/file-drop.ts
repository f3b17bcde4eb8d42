import { useLayoutEffect, useState } from 'preact/hooks';
import { fileFromText, filesFromTransfer, linkFromTransfer } from './selected-files.ts';
import type { FileSelection } from './types.ts';

/** Accepts files, links and texts that are dropped or pasted anywhere on the page; returns whether a drag hovers over it. */
export function useFileDrop(giveFiles: (selection: Promise<FileSelection>) => void): boolean {
  const [isDragging, setDragging] = useState(false);
  // A layout effect, so that a paste never reaches the handler of an earlier state.
  useLayoutEffect(() => {
    const { signal, abort } = createController();
    const hover = (event: DragEvent) => {
      if (!event.dataTransfer?.types.some((type) => droppable.has(type)) || isWriting(event.target)) return;
      // Without this the browser opens the file and leaves the page.
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setDragging(true);
    };
    const leave = (event: DragEvent) => {
      // `relatedTarget` is null only if the drag leaves the page.
      if (event.relatedTarget === null) setDragging(false);
    };
    const drop = (event: DragEvent) => {
      setDragging(false);
      if (isWriting(event.target)) return;
      const link = linkFromTransfer(event.dataTransfer);
      const selection = filesFromTransfer(event.dataTransfer) ?? (link && Promise.resolve(link));
      if (!selection) return;
      event.preventDefault();
      giveFiles(selection);
    };
    const paste = (event: ClipboardEvent) => {
      if (isWriting(event.target)) return;
      const data = event.clipboardData;
      const text = isText(data) ? fileFromText(data?.getData('text/plain') ?? '') : undefined;
      const selection = text ? Promise.resolve(text) : filesFromTransfer(data);
      if (selection) giveFiles(selection);
    };
    addEventListener('dragenter', hover, { signal });
    addEventListener('dragover', hover, { signal });
    addEventListener('dragleave', leave, { signal });
    addEventListener('drop', drop, { signal });
    addEventListener('paste', paste, { signal });
    return abort;
  }, [giveFiles]);
  return isDragging;
}

/** The media types of files and links. */
const droppable = new Set(['Files', 'text/uri-list']);

const noTexts = new Set(['button', 'checkbox', 'color', 'file', 'radio', 'range', 'submit']);

/** True for an element that takes pasted text, such as the note of a report. */
function isWriting(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !noTexts.has(target.type);
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable);
}

/** True for text, also with a picture of it, as office programs copy it. Copied files have their names as text. */
function isText(data: DataTransfer | null): boolean {
  const text = data?.getData('text/plain').trim() ?? '';
  const names = [...(data?.files ?? [])].map(({ name }) => name);
  return text !== '' && !text.split(/[\r\n]+/).every((line) => names.includes(line.trim().split('/').at(-1) ?? ''));
}

function createController() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
