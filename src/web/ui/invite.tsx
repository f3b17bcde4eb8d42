import { t } from '../i18n/messages.tsx';
import { useOpenedOnce } from '../state/use-history.ts';
import { Icon } from './icons.tsx';
import { lazyPart, useLoaded } from './use-loaded.ts';

const panel = lazyPart(async () => (await import('./invite-panel.tsx')).InvitePanel);

/** The address of the exchange to pass on, loaded when it is opened. */
export function Invite() {
  const { isOpened, onToggle } = useOpenedOnce();
  return (
    <details class="invite" onToggle={onToggle}>
      <summary>
        <Icon name="onItsWay" /> {t('invite')}
      </summary>
      {isOpened && <LoadedPanel />}
    </details>
  );
}

function LoadedPanel() {
  const Panel = useLoaded(panel);
  return Panel ? <Panel /> : null;
}
