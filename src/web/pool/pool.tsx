import type { ComponentChildren } from 'preact';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { formatSize } from '../i18n/format.ts';
import { richText, t } from '../i18n/messages.tsx';
import { Invite } from '../ui/invite.tsx';
import { DayChart } from './day-chart.tsx';
import { PoolNumbers } from './numbers.tsx';
import { EmptyShelf, Shelves } from './shelves.tsx';
import type { usePoolStats } from './use-pool-stats.ts';

type PoolState = ReturnType<typeof usePoolStats>;

/** The shelf: what is in the pool, or who may be the first. */
export function Pool({ stats, isReached }: PoolState) {
  if (isReached && stats?.file_count === 0) return <EmptyPool stats={stats} />;
  return <FilledPool {...{ stats, isReached }} />;
}

/** One line and the cat; the numbers hold the past. */
function EmptyPool({ stats }: { readonly stats: PoolStats }) {
  return (
    <section class="pool is-empty-pool" aria-labelledby="pool-heading">
      <div class="first-of-all">
        <EmptyShelf />
        <h2 id="pool-heading">{t('pool.empty')}</h2>
      </div>
      <Invite />
      {stats.given_total > 0 && <p class="quiet">{everOf(stats)}</p>}
      {stats.given_total > 0 && <PoolNumbers stats={stats} />}
    </section>
  );
}

/**
 * All parts of the statistics render from the start, even empty, so that updates cause no layout shift. It is no
 * live region.
 */
function FilledPool({ stats, isReached }: PoolState) {
  return (
    <section class="pool" aria-labelledby="pool-heading">
      <h2 id="pool-heading">{t('pool')}</h2>
      <p class="pool-amount">{isReached ? amountOf(stats) : t('pool.unreached')}</p>
      <Shelves stats={stats} />
      <DayChart hours={stats?.hours} />
      <p class="quiet pool-ever">{everOf(stats)}</p>
      <PoolNumbers stats={stats} />
    </section>
  );
}

function amountOf(stats: PoolStats | undefined): ComponentChildren {
  if (!stats) return t('pool.loading');
  const { file_count: count, total_size } = stats;
  return richText('pool.now', {
    count,
    size: formatSize(total_size),
    figure: (words) => <strong>{words}</strong>,
  });
}

function everOf(stats: PoolStats | undefined): string {
  if (!stats) return '';
  return t('pool.ever', { given: stats.given_total, delivered: stats.delivered_total });
}
