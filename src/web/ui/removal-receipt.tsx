import { t } from '../i18n/messages.tsx';

/** Tells a giver which metadata was removed from the gift. */
export function RemovalReceipt({ removed = [] }: { readonly removed?: readonly string[] | undefined }) {
  return removed.length > 0 ? <p class="quiet">{t('strip.done', { fields: removed.join(', ') })}</p> : null;
}
