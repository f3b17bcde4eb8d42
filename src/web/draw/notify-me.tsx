/** Telling somebody who looks elsewhere that their parcel has come; only after they asked for it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';
import type { ExchangeState } from '../state/exchange.ts';
import { Icon } from '../ui/icons.tsx';

/** Asks for nothing before the click. */
export function NotifyMe() {
  const [permission, setPermission] = useState(permissionNow);
  if (permission !== 'default')
    return <p class="quiet">{t(permission === 'granted' ? 'waiting.told' : 'waiting.notTold')}</p>;
  const ask = async () => {
    await Notification.requestPermission().catch(() => undefined);
    setPermission(permissionNow());
  };
  return (
    <button type="button" class="link" onClick={ask}>
      <Icon name="bell" /> {t('waiting.tell')}
    </button>
  );
}

/** Some browsers have no notifications, or only in an installed page. */
const permissionNow = (): NotificationPermission | undefined => globalThis.Notification?.permission;

/** Tells once when the wait is over and nobody looks. */
export function useArrivalNotification({ name }: ExchangeState): void {
  const before = useRef(name);
  useEffect(() => {
    const isOver = hasArrived(before.current, name);
    before.current = name;
    if (isOver && document.hidden) void tell();
  }, [name]);
}

/** Whether this step is the end of waiting. */
export function hasArrived(before: ExchangeState['name'], now: ExchangeState['name']): boolean {
  return before === 'waiting' && (now === 'receiving' || now === 'arrived');
}

/** Says nothing of the file: it may stand on a locked screen. */
async function tell(): Promise<void> {
  if (permissionNow() !== 'granted') return;
  const { lang } = document.documentElement;
  const options = { body: t('tell.body'), tag: 'parcel', icon: '/icons/icon-192.png', lang };
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    if (registration?.active) await registration.showNotification(t('tell.title'), options);
    else new Notification(t('tell.title'), options).onclick = () => focus();
  } catch {
    // The title of the page says it too.
  }
}
