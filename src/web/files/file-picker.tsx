import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { selectFiles } from './directory-files.ts';
import type { FileSelection } from './types.ts';

type PickerSource = 'files' | 'folder' | 'camera';

interface FilePicker {
  pick(source?: PickerSource): void;
  /** The file input, to be rendered: some browsers ignore `click()` on a detached one. */
  readonly input: VNode;
}

/** One file input for all sources, configured before each click. */
export function useFilePicker(giveFiles: (selection: FileSelection) => void): FilePicker {
  const picker = useRef<HTMLInputElement>(null);
  const picked = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const files = [...(currentTarget.files ?? [])];
    // Lets the same file be chosen again.
    currentTarget.value = '';
    if (files.length > 0) giveFiles(selectFiles(files));
  };
  const pick = (source: PickerSource = 'files') => {
    const input = picker.current;
    if (!input) return;
    input.webkitdirectory = source === 'folder';
    input.multiple = source !== 'camera';
    input.accept = source === 'camera' ? 'image/*' : '';
    input.toggleAttribute('capture', source === 'camera');
    input.click();
  };
  return { pick, input: <input ref={picker} type="file" multiple hidden onChange={picked} /> };
}

/** The second way to choose: a camera on touch devices, a folder elsewhere. */
export function secondarySource(): Exclude<PickerSource, 'files'> | undefined {
  if (matchMedia('(pointer: coarse)').matches) return 'camera';
  return 'webkitdirectory' in HTMLInputElement.prototype ? 'folder' : undefined;
}
