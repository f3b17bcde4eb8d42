import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';
import type { ViewerProps } from './viewer/viewer.ts';
import './media.css';

/** An audio player, without autoplay. */
export function SoundPlayer({ type, name, bytes, fail }: ViewerProps) {
  const address = useMedia('audio', type, bytes, fail);
  return (
    <div class="sound">
      {/* biome-ignore lint/a11y/useMediaCaption: a stranger's file has none of its own. */}
      <audio
        controls
        preload="metadata"
        src={address}
        aria-label={t('preview.sound', { name })}
        onError={() => address && fail('unplayable')}
      />
    </div>
  );
}

/** A video player, without autoplay. */
export function VideoPlayer({ type, name, bytes, fail }: ViewerProps) {
  const address = useMedia('video', type, bytes, fail);
  return (
    <div class="film">
      {/* biome-ignore lint/a11y/useMediaCaption: a stranger's file has none of its own. */}
      <video
        controls
        playsInline
        preload="metadata"
        src={address}
        aria-label={t('preview.film', { name })}
        onError={() => address && fail('unplayable')}
      />
    </div>
  );
}

/** A blob URL of the bytes under a media type that this browser plays, until the component unmounts. */
function useMedia(element: 'audio' | 'video', type: string, bytes: Blob, fail: ViewerProps['fail']) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (document.createElement(element).canPlayType(type) === '') return fail('unplayable');
    const given = URL.createObjectURL(bytes.slice(0, bytes.size, type));
    setAddress(given);
    return () => URL.revokeObjectURL(given);
  }, [bytes, type]);
  return address;
}
