/** What a listener should hear of a batch: its begin, its end, and each file that does not get through; no percents. */
import { inTurn, sentenceOf, t } from '../i18n/messages.tsx';
import { type Item, isOnItsWay } from '../state/batch-item.ts';
import type { Batch, Change } from './batch.ts';
import { totalsOf } from './totals.ts';

export interface News {
  /** So many files begin. */
  readonly began?: number;
  readonly fault?: Pick<Item, 'name' | 'standing'>;
  readonly isOver?: boolean;
}

/** Undefined when nothing happened that is worth a word. */
export function newsOf(event: Change, before: Batch, after: Batch): News | undefined {
  const began = event.type === 'added' ? event.items.filter(isOnItsWay).length : 0;
  const fault = faultOf(event, after);
  const isOver = before.items.some(isOnItsWay) && !after.items.some(isOnItsWay);
  if (began === 0 && !fault && !isOver) return undefined;
  return {
    ...(began > 0 ? { began } : {}),
    ...(fault ? { fault } : {}),
    ...(isOver ? { isOver } : {}),
  };
}

function faultOf(event: Change, { items }: Batch): Item | undefined {
  if (event.type !== 'stood') return undefined;
  const { name } = event.standing;
  const isFault = name === 'refused' || name === 'failed' || name === 'duplicate';
  return isFault ? items.find(({ id }) => id === event.id) : undefined;
}

/** The news, in words. */
export function heardOf(batch: Batch): string {
  const { began, fault, isOver } = batch.news ?? {};
  return inTurn(
    began !== undefined && t('many.began', { count: began }),
    fault !== undefined &&
      t('many.fault', { name: fault.name, why: faultSentence(fault.standing) }),
    isOver && totalsSentence(batch),
  );
}

/** How all of it stands: `5 of 12 given, 2 refused`. */
export function totalsSentence(batch: Pick<Batch, 'items'>): string {
  const { all, given, refused, failed, same, cancelled } = totalsOf(batch);
  return t('many.totals', { all, given, refused, failed, same, cancelled });
}

function faultSentence(standing: Item['standing']): string {
  if (standing.name === 'duplicate') return t('many.same.plain', { name: standing.of });
  return 'why' in standing ? sentenceOf(standing.why) : '';
}
