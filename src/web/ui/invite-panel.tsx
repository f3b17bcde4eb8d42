import { useState } from 'preact/hooks';
import { encode } from 'uqr';
import { useMessages } from '../i18n/message-parts.ts';
import { t } from '../i18n/messages.tsx';
import { ownFolder } from '../own-address.ts';
import { Icon } from './icons.tsx';
import './invite.css';

/** The address as text and as a QR code, to copy or to hand to another app. */
export function InvitePanel() {
  const [isCopied, setCopied] = useState(false);
  const hasMessages = useMessages('invite');
  const url = ownFolder();
  const copy = async () => {
    await navigator.clipboard.writeText(url);
    setCopied(true);
  };
  if (!hasMessages) return null;
  return (
    <div class="invitation">
      <p>{t('invite.about')}</p>
      <QrCode text={url} />
      <p>
        <bdi class="fingerprint">{url}</bdi>
      </p>
      <div class="actions">
        {navigator.clipboard && (
          <button type="button" onClick={() => void copy().catch(() => undefined)}>
            <Icon name={isCopied ? 'check' : 'copy'} /> {isCopied ? t('invite.copied') : t('invite.copy')}
          </button>
        )}
        {'share' in navigator && (
          <button type="button" onClick={() => void navigator.share({ url }).catch(() => undefined)}>
            {t('invite.share')}
          </button>
        )}
      </div>
    </div>
  );
}

/** Dark on light in all colour schemes, since some readers want that. */
function QrCode({ text }: { readonly text: string }) {
  const { data, size } = encode(text, { border: 3 });
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('invite.qr')} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={squares.join('')} fill="#000" />
    </svg>
  );
}
