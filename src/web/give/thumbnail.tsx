import { useLayoutEffect, useState } from 'preact/hooks';
import type { FileKind } from '../../contract/vocabulary.ts';
import { Icon } from '../ui/icons.tsx';

/** A small picture of the visitor's own file; the icon of its kind if the browser draws none. Decorative. */
export function Thumbnail({ file }: { readonly file: File }) {
  const [address, setAddress] = useState<string>();
  useLayoutEffect(() => {
    if (!file.type.startsWith('image/')) return setAddress(undefined);
    const made = URL.createObjectURL(file);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <span class="thumbnail" aria-hidden="true">
      {address ? (
        <img src={address} alt="" decoding="async" onError={() => setAddress(undefined)} />
      ) : (
        <Icon name={kindOf(file.type)} />
      )}
    </span>
  );
}

/** A guess from the media type that the browser tells; the service looks at the bytes. */
function kindOf(type: string): FileKind {
  if (type === 'application/pdf') return 'pdf';
  const [top] = type.split('/');
  return top === 'audio' || top === 'video' || top === 'text' || top === 'image' ? top : 'other';
}
