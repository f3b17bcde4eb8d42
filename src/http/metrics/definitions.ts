/** The table of all metrics: name, help text and value. `docs/guide/metrics.md` explains them to operators. */
import type { lastReconcile } from '../../exchange/maintenance/jobs.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';

/** The figures of one reading; undefined for those that did not arrive in time. */
export interface Observed {
  readonly figures: Awaited<ReturnType<ExchangeContext['ledger']['metrics']>> | undefined;
  readonly reconciled: Awaited<ReturnType<typeof lastReconcile>>;
  readonly isReady: { readonly ledger: boolean; readonly vault: boolean };
  readonly isLogFailing: boolean;
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

const ofReconcile = (help: string, name: string): Metric => ({
  type: 'gauge',
  help,
  together: 'max',
  of: ({ reconciled }) => reconciled?.found[name] ?? 0,
});

const ofThisProcess = (help: string, together: Metric['together'], of: Metric['of']): Metric => ({
  type: 'gauge',
  help,
  together,
  of,
});

/** Of the whole exchange, from the ledger: each process says the same. */
const exchangeMetrics: Readonly<Record<string, Metric>> = {
  rfx_gifts_pooled: now('Gifts in the pool.', ({ gifts }) => gifts),
  rfx_gifts_pooled_bytes: now('Total size of the gifts in the pool.', ({ bytes }) => bytes),
  rfx_gifts_leased: now('Gifts on their way to a receiver, or held for a ticket.', ({ leased }) => leased),
  rfx_tickets_open: now('Tickets that are owed a gift, including waiting ones.', ({ openTickets }) => openTickets),
  rfx_tickets_waiting: now(
    'Tickets that wait for a gift; counted up to 10,000.',
    ({ waitingTickets }) => waitingTickets,
  ),
  rfx_gifts_given_total: total('Gifts that were given.', 'given'),
  rfx_gifts_delivered_total: total('Gifts that reached a receiver.', 'delivered'),
  rfx_deliveries_reopened_total: total(
    'Delivered gifts whose connection was reset after the last byte, so that their deliveries were reopened.',
    'reopened',
  ),
  rfx_deliveries_released_total: total(
    'Leases and holds that ended without an arrival: the gift returned to the pool, and its ticket is good again.',
    'released',
  ),
  rfx_gifts_redelivered_total: total(
    'Released gifts that may have arrived: bytes had been sent, or a process started meanwhile. An upper bound of gifts with two receivers.',
    'redelivered',
  ),
  rfx_deliveries_handed_over_total: total(
    'Deliveries offloaded to nginx or S3 (DELIVERY); their arrival is unknown.',
    'handed_over',
  ),
  rfx_gifts_quarantined_total: total(
    'Gifts taken out of circulation because they were damaged, missing in the vault, blocked, or withheld.',
    'quarantined',
  ),
  rfx_gifts_withdrawn_total: total('Gifts taken back by their givers.', 'withdrawn'),
  rfx_gifts_expired_total: total('Gifts that were not drawn in time.', 'expired'),
  rfx_reconcile_rows: ofReconcile('Gifts whose bytes must be in the vault, at the last reconcile.', 'rows'),
  rfx_reconcile_blobs: ofReconcile('Files in the vault, at the last reconcile.', 'blobs'),
  rfx_reconcile_ghosts: ofReconcile(
    'Gifts quarantined by the last reconcile because their bytes were missing.',
    'missing',
  ),
  rfx_reconcile_withheld: ofReconcile(
    'Gifts whose bytes were missing at the last reconcile, too many to quarantine: the operator decides.',
    'withheld',
  ),
  rfx_reconcile_strays: ofReconcile(
    'Files removed by the last reconcile because the ledger did not know them.',
    'stray',
  ),
  rfx_reconcile_doubts: ofReconcile('Differences that the last reconcile will check again after a minute.', 'doubtful'),
  rfx_reconcile_last_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the last reconcile; 0 before the first.',
    together: 'max',
    of: ({ reconciled }) => (reconciled?.at ?? 0) / 1000,
  },
};

/** Of this process, or as seen from it. */
const processMetrics: Readonly<Record<string, Metric>> = {
  rfx_ledger_ready: ofThisProcess('1 if the ledger responds, otherwise 0.', 'min', ({ isReady }) =>
    Number(isReady.ledger),
  ),
  rfx_vault_ready: ofThisProcess(
    '1 if the vault belongs to the ledger and stores bytes, otherwise 0.',
    'min',
    ({ isReady }) => Number(isReady.vault),
  ),
  rfx_vault_free_bytes: ofThisProcess('Free space for uploads.', 'min', ({ free }) => free),
  rfx_transfers: ofThisProcess('Deliveries that this process is sending.', 'sum', ({ transfers }) => transfers),
  rfx_log_failing: ofThisProcess('1 if the log cannot be written, otherwise 0.', 'max', ({ isLogFailing }) =>
    Number(isLogFailing),
  ),
  rfx_removals_failing: ofThisProcess(
    'Gifts whose bytes this process failed to remove and will try again.',
    'sum',
    ({ unremoved }) => unremoved,
  ),
};

export const metricDefinitions: Readonly<Record<string, Metric>> = {
  ...exchangeMetrics,
  ...processMetrics,
};

/** The one with labels; counted as requests are answered. */
export const requestsMetric = {
  name: 'rfx_http_requests_total',
  help: 'Requests that this process has answered, by route and class of status.',
  labelNames: ['route', 'status'],
} as const;
