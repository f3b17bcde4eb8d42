import { formatList } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';
import { removedSorts } from './removed-sorts.ts';

/** Tells a giver which metadata was removed from the gift. */
export function RemovalReceipt({ removed = [] }: { readonly removed?: readonly string[] | undefined }) {
  const sorts = removedSorts(removed).map((sort) => t(`strip.done.${sort}`));
  return sorts.length > 0 ? <p class="quiet">{t('strip.done', { fields: formatList(sorts, 'conjunction') })}</p> : null;
}
