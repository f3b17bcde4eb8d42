import type { PoolStats } from '../../contract/api/schemas.ts';
import { formatNumber, formatSize, formatTime } from '../i18n/format.ts';
import { t } from '../i18n/messages.tsx';

/** The figures of the shelves and the chart as tables. */
export function PoolNumbers({ stats }: { readonly stats: PoolStats | undefined }) {
  return (
    <details class="pool-numbers">
      <summary>{t('pool.numbers')}</summary>
      {stats && (
        <>
          <p>{t('pool.types', { count: stats.unique_types })}</p>
          <Table
            caption={t('pool.byKind')}
            heads={[t('pool.kind'), t('pool.files'), t('pool.size')]}
            rows={stats.kinds.map(({ kind, file_count, total_size }) => [
              t(`kind.${kind}`),
              formatNumber(file_count),
              formatSize(total_size),
            ])}
          />
          <Table
            caption={t('pool.byHour')}
            heads={[t('pool.hour'), t('pool.given'), t('pool.delivered')]}
            rows={stats.hours
              .filter(({ given, delivered }) => given > 0 || delivered > 0)
              .map(({ start, given, delivered }) => [formatTime(start), formatNumber(given), formatNumber(delivered)])}
          />
        </>
      )}
    </details>
  );
}

interface TableProps {
  readonly caption: string;
  readonly heads: readonly string[];
  /** The first cell of each row is its header. */
  readonly rows: readonly (readonly string[])[];
}

function Table({ caption, heads, rows }: TableProps) {
  if (rows.length === 0) return null;
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name = '', ...cells]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {cells.map((cell, index) => (
              <td key={heads[index + 1]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
