/** Every metric of ours: its name, what it says, and where it is taken from. `docs/guide/metrics.md` has the same, for operators. */
import type { lastReconcile } from '../../exchange/maintenance/jobs.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';

/** The figures of one reading; undefined for those that did not arrive in time. */
export interface Observed {
  readonly figures: Awaited<ReturnType<ExchangeContext['ledger']['metrics']>> | undefined;
  readonly reconciled: Awaited<ReturnType<typeof lastReconcile>>;
  readonly isReady: { readonly ledger: boolean; readonly vault: boolean };
  /** In bytes. */
  readonly free: number | undefined;
  /** How many deliveries this process is sending, and of how many gifts it could not remove the bytes. */
  readonly transfers: number;
  readonly unremoved: number;
}

interface Metric {
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** How the values of several processes behind one port are aggregated. */
  readonly together: 'max' | 'min' | 'sum';
  /** Undefined leaves it out. */
  of(observed: Observed): number | undefined;
}

type Figures = NonNullable<Observed['figures']>;

const now = (help: string, of: (figures: Figures) => number): Metric => ({
  type: 'gauge',
  help,
  together: 'max',
  of: ({ figures }) => figures && of(figures),
});

const total = (help: string, name: keyof Figures['totals']): Metric => ({
  type: 'counter',
  help,
  together: 'max',
  of: ({ figures }) => figures?.totals[name],
});

const compared = (help: string, name: string): Metric => ({
  type: 'gauge',
  help,
  together: 'max',
  of: ({ reconciled }) => reconciled?.found[name] ?? 0,
});

const here = (help: string, together: Metric['together'], of: Metric['of']): Metric => ({
  type: 'gauge',
  help,
  together,
  of,
});

/** Of the whole exchange, from the ledger: each process says the same. */
const ofAll: Readonly<Record<string, Metric>> = {
  rfx_gifts_pooled: now('Gifts that wait in the pool.', ({ gifts }) => gifts),
  rfx_gifts_pooled_bytes: now('Their bytes together.', ({ bytes }) => bytes),
  rfx_gifts_leased: now(
    'Gifts under lease: on their way, or held for a ticket.',
    ({ leased }) => leased,
  ),
  rfx_tickets_open: now(
    'Tickets that are owed a gift of the pool, those that wait among them.',
    ({ openTickets }) => openTickets,
  ),
  rfx_tickets_waiting: now(
    'Tickets for which nothing was there yet; no more than 10,000 are counted.',
    ({ waitingTickets }) => waitingTickets,
  ),
  rfx_gifts_given_total: total('Gifts that were given.', 'given'),
  rfx_gifts_delivered_total: total('Gifts that reached a stranger.', 'delivered'),
  rfx_deliveries_reopened_total: total(
    'Of those, deliveries that were taken back because the connection turned out to be broken.',
    'reopened',
  ),
  rfx_deliveries_released_total: total(
    'Leases that ended with nothing received: the gift went back, and its ticket is good again.',
    'released',
  ),
  rfx_gifts_redelivered_total: total(
    'Of those, gifts that may have arrived all the same: some of their bytes had left, or a process began while they were under way. Who draws such a gift is perhaps its second receiver. No gift that reached two is missing here, and most that are here reached one.',
    'redelivered',
  ),
  rfx_deliveries_handed_over_total: total(
    'Deliveries whose bytes somebody else was told to send (DELIVERY): whether they arrived is not known.',
    'handed_over',
  ),
  rfx_gifts_quarantined_total: total(
    'Gifts taken out of circulation: damaged, gone from the vault, or reported.',
    'quarantined',
  ),
  rfx_gifts_withdrawn_total: total('Gifts that their givers took back.', 'withdrawn'),
  rfx_gifts_expired_total: total('Gifts that nobody drew in time.', 'expired'),
  rfx_reconcile_rows: compared(
    'Gifts whose bytes must be in the vault, when it was last compared with the ledger.',
    'rows',
  ),
  rfx_reconcile_blobs: compared('Files in the vault, at the same time.', 'blobs'),
  rfx_reconcile_ghosts: compared(
    'Gifts whose bytes were gone, and which were quarantined for it, at the same time.',
    'missing',
  ),
  rfx_reconcile_strays: compared(
    'Files that no gift was known for, and which were removed, at the same time.',
    'stray',
  ),
  rfx_reconcile_doubts: compared(
    'What of both was wrong at the first look, and will be looked at again after a minute, at the same time.',
    'doubtful',
  ),
  rfx_reconcile_last_timestamp_seconds: {
    type: 'gauge',
    help: 'When that was; 0 when it never was.',
    together: 'max',
    of: ({ reconciled }) => (reconciled?.at ?? 0) / 1000,
  },
};

/** Of this process, or as seen from it. */
const ofProcess: Readonly<Record<string, Metric>> = {
  rfx_ledger_ready: here('1 when the ledger can be asked, 0 when not.', 'min', ({ isReady }) =>
    Number(isReady.ledger),
  ),
  rfx_vault_ready: here(
    "1 when the vault is the ledger's and keeps bytes, 0 when not.",
    'min',
    ({ isReady }) => Number(isReady.vault),
  ),
  rfx_vault_free_bytes: here('Free space where gifts come in.', 'min', ({ free }) => free),
  rfx_transfers: here(
    'Deliveries that this process is sending.',
    'sum',
    ({ transfers }) => transfers,
  ),
  rfx_removals_failing: here(
    'Gifts whose bytes this process could not remove yet, and tries again.',
    'sum',
    ({ unremoved }) => unremoved,
  ),
};

export const metricDefinitions: Readonly<Record<string, Metric>> = { ...ofAll, ...ofProcess };

/** The one with labels; counted as requests are answered. */
export const requestsMetric = {
  name: 'rfx_http_requests_total',
  help: 'Requests that this process has answered, by route and class of status.',
  labelNames: ['route', 'status'],
} as const;
