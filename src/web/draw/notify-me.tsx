/** An opt-in notification for a visitor in another tab when the delivery arrives. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';
import type { ExchangeState } from '../state/exchange.ts';
import { Icon } from '../ui/icons.tsx';

/** Requests the permission at the click, never before. */
export function NotifyMe() {
  const [permission, setPermission] = useState(currentPermission);
  if (permission !== 'default')
    return <p class="quiet">{t(permission === 'granted' ? 'waiting.told' : 'waiting.notTold')}</p>;
  const ask = async () => {
    await Notification.requestPermission().catch(() => undefined);
    setPermission(currentPermission());
  };
  return (
    <button type="button" class="primary" onClick={ask}>
      <Icon name="bell" /> {t('waiting.tell')}
    </button>
  );
}

/** Undefined in browsers without notifications; some have them in installed pages only. */
const currentPermission = (): NotificationPermission | undefined => globalThis.Notification?.permission;

/** Notifies once if the wait ends while the page is hidden. */
export function useArrivalNotification({ name }: ExchangeState): void {
  const before = useRef(name);
  useEffect(() => {
    const isOver = hasArrived(before.current, name);
    before.current = name;
    if (isOver && document.hidden) void notify();
  }, [name]);
}

/** True for a transition that ends the wait. */
export function hasArrived(before: ExchangeState['name'], now: ExchangeState['name']): boolean {
  return before === 'waiting' && (now === 'receiving' || now === 'arrived');
}

/** Does not name the file: the text may appear on a lock screen. */
async function notify(): Promise<void> {
  if (currentPermission() !== 'granted') return;
  const { lang } = document.documentElement;
  const options = { body: t('tell.body'), tag: 'parcel', icon: './icons/icon-192.png', lang };
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    if (registration?.active) await registration.showNotification(t('tell.title'), options);
    else new Notification(t('tell.title'), options).onclick = () => focus();
  } catch {
    // The document title tells it too.
  }
}
