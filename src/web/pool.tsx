import { useEffect, useState } from 'preact/hooks';
import type { Client } from '../contract/client.ts';
import type { PoolStats } from '../contract/schemas.ts';
import { listen } from './events.ts';
import { formatNumber, formatSize } from './format.ts';
import { kindWords, words } from './words.ts';

/** The pool's statistics as they change; undefined until the first are here. */
export function usePool(client: Client): PoolStats | undefined {
  const [stats, setStats] = useState<PoolStats>();
  useEffect(() => {
    let stream: AbortController | undefined;
    // A page that nobody looks at needs no figures, and browsers allow only a few streams to one host for all tabs together.
    const tune = () => {
      stream?.abort();
      stream = document.visibilityState === 'visible' ? followPool(client, setStats) : undefined;
    };
    tune();
    document.addEventListener('visibilitychange', tune);
    return () => {
      document.removeEventListener('visibilitychange', tune);
      stream?.abort();
    };
  }, [client]);
  return stats;
}

function followPool(client: Client, heard: (stats: PoolStats) => void): AbortController {
  const controller = new AbortController();
  const { signal } = controller;
  const ask = async () => {
    const stats = await client.poolStats().catch(() => undefined);
    if (stats && !signal.aborted) heard(stats);
  };
  listen<PoolStats>(client.eventsUrl('pool'), 'stats', { heard, missed: ask }, signal);
  return controller;
}

/** What is on the shelf. */
export function Pool({ stats }: { readonly stats: PoolStats | undefined }) {
  return (
    <section class="pool" aria-labelledby="pool-heading">
      <h2 id="pool-heading">{words.pool}</h2>
      {stats ? <Shelves stats={stats} /> : <p class="quiet">{words.poolLoading}</p>}
    </section>
  );
}

function Shelves({ stats }: { readonly stats: PoolStats }) {
  const { file_count, total_size, unique_types, kinds, given_total, delivered_total } = stats;
  return (
    <>
      {file_count === 0 ? (
        <p>{words.poolEmpty}</p>
      ) : (
        <ul class="figures" aria-label={words.pool}>
          <Figure value={formatNumber(file_count)} unit={words.poolFiles(file_count)} />
          <Figure value={formatSize(total_size)} unit={words.poolSize} />
          <Figure value={formatNumber(unique_types)} unit={words.poolTypes(unique_types)} />
        </ul>
      )}
      {kinds.length > 0 && (
        <ul class="kinds">
          {kinds.map(({ kind, file_count: count }) => (
            <li key={kind}>{words.poolKind(kindWords[kind], count)}</li>
          ))}
        </ul>
      )}
      {given_total > 0 && <p class="quiet">{words.poolEver(given_total, delivered_total)}</p>}
    </>
  );
}

function Figure({ value, unit }: { readonly value: string; readonly unit: string }) {
  return (
    <li>
      <strong>{value}</strong> {unit}
    </li>
  );
}
