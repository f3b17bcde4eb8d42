import { useLayoutEffect, useState } from 'preact/hooks';
import { filesFromTransfer } from './selected-files.ts';
import type { FileSelection } from './types.ts';

/** Accepts files that are dropped or pasted anywhere on the page; returns whether a drag hovers over it. */
export function useFileDrop(giveFiles: (selection: Promise<FileSelection>) => void): boolean {
  const [isDragging, setDragging] = useState(false);
  // A layout effect, so that a paste never reaches the handler of an earlier state.
  useLayoutEffect(() => {
    const { signal, abort } = createController();
    const hover = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
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
      const selection = filesFromTransfer(event.dataTransfer);
      if (!selection) return;
      event.preventDefault();
      giveFiles(selection);
    };
    const paste = (event: ClipboardEvent) => {
      const selection = filesFromTransfer(event.clipboardData);
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

function createController() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
