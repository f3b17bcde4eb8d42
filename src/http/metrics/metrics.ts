/** The metrics registry, in Prometheus terms. */
import type { Counter, Gauge } from 'prom-client';
import { endpoints } from '../../contract/api/endpoints.ts';
import { lastReconcile } from '../../exchange/maintenance/jobs.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { HttpOptions, Metrics } from '../context.ts';
import { checkStorage, withinTimeout } from '../handlers/health.ts';
import { metricDefinitions, type Observed, requestsMetric } from './definitions.ts';

/** The parts of the exchange that metrics read. */
type ObservedContext = Pick<
  ExchangeContext,
  'ledger' | 'vault' | 'vaultId' | 'activeTransfers' | 'removalRetries' | 'now'
>;

type MetricsOptions = Pick<HttpOptions, 'settings' | 'peers' | 'logFault'> & {
  readonly exchange: ObservedContext;
};

/** Opens the registry; undefined when metrics are off, and then prom-client is never loaded. */
export async function openMetrics({
  exchange,
  settings,
  peers,
  logFault,
}: MetricsOptions): Promise<Metrics | undefined> {
  if (!settings.METRICS) return undefined;
  const prometheus = await import('prom-client');
  const promRegistry = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register: promRegistry });
  const requests = new prometheus.Counter({ ...requestsMetric, registers: [promRegistry] });
  const responses = countResponses();
  const setters = Object.entries(metricDefinitions).map(([name, { type, help, of, together }]) => {
    const definition = { name, help, registers: [promRegistry], aggregator: together };
    const metric = type === 'gauge' ? new prometheus.Gauge(definition) : new prometheus.Counter(definition);
    return (observed: Observed) => setValue(metric, of(observed));
  });
  const read = async () => {
    const observed = { ...(await observe(exchange)), isLogFailing: logFault() !== undefined };
    responses.addTo(requests);
    for (const set of setters) set(observed);
    return promRegistry.getMetricsAsJSON();
  };
  peers?.onMetrics(read);
  return {
    read,
    countResponse: responses.count,
    readAll: async () => {
      const own = await read();
      const all = peers
        ? prometheus.AggregatorRegistry.aggregate([own, ...(await peers.metrics())] as object[])
        : promRegistry;
      return { type: promRegistry.contentType, text: await all.metrics() };
    },
  };
}

/** Counts responses in plain numbers, which go to the library when metrics are read: its own counter is too slow per request. */
function countResponses() {
  const routes = [...endpoints.map(({ path }) => path as string), unknownRoute];
  const counts = new Map(routes.map((route) => [route, classes.map(() => 0)]));
  return {
    count: (url: string | undefined, status: number) => {
      const ofRoute = counts.get(url ?? unknownRoute) ?? counts.get(unknownRoute);
      const at = Math.trunc(status / 100) - firstClass;
      if (ofRoute?.[at] !== undefined) ofRoute[at] += 1;
    },
    /** Includes zeros, so that a first response is an increase for Prometheus. */
    addTo: (requests: Counter) => {
      for (const [route, ofRoute] of counts) {
        for (const [at, status] of classes.entries()) requests.inc({ route, status }, ofRoute[at] ?? 0);
        ofRoute.fill(0);
      }
    },
  };
}

const classes = ['2xx', '3xx', '4xx', '5xx'] as const;
const firstClass = 2;

/** The route label of an address that is not in the contract. */
const unknownRoute = 'none';

function setValue(metric: Gauge | Counter, value: number | undefined): void {
  metric.reset();
  if (value === undefined) metric.remove();
  else metric.inc(value);
}

/** Reads all figures once, at a cost that does not depend on the number of gifts. */
async function observe(context: ObservedContext): Promise<Omit<Observed, 'isLogFailing'>> {
  const { ledger, vault, activeTransfers, removalRetries } = context;
  const known = async <T>(work: Promise<T>) => (await withinTimeout(work)).value;
  const [faults, figures, reconciled, free] = await Promise.all([
    checkStorage(context),
    known(ledger.metrics()),
    known(lastReconcile(context)),
    known(vault.free()),
  ]);
  return {
    figures,
    reconciled,
    free,
    isReady: { ledger: faults.ledger === undefined, vault: faults.vault === undefined },
    transfers: activeTransfers.values().reduce((sum, { size }) => sum + size, 0),
    unremoved: removalRetries.size,
  };
}
