/** `GET /metrics`: how the exchange is doing, for Prometheus. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { Counter, Gauge } from 'prom-client';
import { endpoints } from '../../contract/api/endpoints.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { lastReconcile } from '../../exchange/maintenance/jobs.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import type { HttpContext, HttpSettings } from '../context.ts';
import { checkStorage, withinTimeout } from '../handlers/health.ts';
import { metricDefinitions, type Observed, requestsMetric } from './definitions.ts';

export interface Metrics {
  /** Counts an answer; `url` is the pattern of its route. */
  answered(url: string | undefined, status: number): void;
  /** What this process tells of itself, as plain data. */
  tell(): Promise<unknown>;
  /** All of them, as Prometheus reads them: this process's, and with them those of the others behind its port. */
  read(): Promise<{ readonly type: string; readonly text: string }>;
}

/** All that is looked at. */
type Looked = Pick<
  ExchangeContext,
  'ledger' | 'vault' | 'vaultId' | 'activeTransfers' | 'removalRetries' | 'now'
>;

/** Undefined when nobody wants to know. The library is loaded only here: who does without metrics does without it. */
export async function openMetrics({
  exchange,
  settings,
  peers,
}: Pick<HttpContext, 'settings' | 'peers'> & { readonly exchange: Looked }): Promise<
  Metrics | undefined
> {
  if (!settings.METRICS) return undefined;
  const prometheus = await import('prom-client');
  const ours = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register: ours });
  const requests = new prometheus.Counter({ ...requestsMetric, registers: [ours] });
  const answers = countAnswers();
  const shown = Object.entries(metricDefinitions).map(([name, { type, help, of, together }]) => {
    const about = { name, help, registers: [ours], aggregator: together };
    const metric = type === 'gauge' ? new prometheus.Gauge(about) : new prometheus.Counter(about);
    return (observed: Observed) => show(metric, of(observed));
  });
  const tell = async () => {
    const observed = await observe(exchange);
    answers.tell(requests);
    for (const one of shown) one(observed);
    return ours.getMetricsAsJSON();
  };
  peers?.onMetrics(tell);
  return {
    tell,
    answered: answers.count,
    read: async () => {
      const own = await tell();
      const all = peers
        ? prometheus.AggregatorRegistry.aggregate([own, ...(await peers.metrics())] as object[])
        : ours;
      return { type: ours.contentType, text: await all.metrics() };
    },
  };
}

/**
 * Counts answers by plain numbers, which the library is told when somebody asks for them: it would take longer to find its own
 * number than to add to it.
 */
function countAnswers() {
  const routes = [...endpoints.map(({ path }) => path as string), strange];
  const counts = new Map(routes.map((route) => [route, classes.map(() => 0)]));
  return {
    count: (url: string | undefined, status: number) => {
      const ofRoute = counts.get(url ?? strange) ?? counts.get(strange);
      const at = Math.trunc(status / 100) - firstClass;
      if (ofRoute?.[at] !== undefined) ofRoute[at] += 1;
    },
    /** What never happened is 0, and not missing: only so a first time is an increase. */
    tell: (requests: Counter) => {
      for (const [route, ofRoute] of counts) {
        for (const [at, status] of classes.entries())
          requests.inc({ route, status }, ofRoute[at] ?? 0);
        ofRoute.fill(0);
      }
    },
  };
}

const classes = ['2xx', '3xx', '4xx', '5xx'] as const;
const firstClass = 2;

/** The route of an address that is none of ours. */
const strange = 'none';

function show(metric: Gauge | Counter, value: number | undefined): void {
  metric.reset();
  if (value === undefined) metric.remove();
  else metric.inc(value);
}

/** Looks at everything once, and at nothing that grows with the number of gifts. */
async function observe(context: Looked): Promise<Observed> {
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

/** Answers who may know; for everybody else there is nothing here. */
export async function getMetrics(
  { settings }: HttpContext,
  metrics: Metrics | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!metrics || !mayRead(settings, request)) throw new Problem('not-found');
  const { type, text } = await metrics.read();
  return reply.type(type).send(text);
}

function mayRead({ METRICS_TOKEN }: HttpSettings, request: FastifyRequest): boolean {
  if (METRICS_TOKEN === '') return isNear(request);
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  // Of one length, and compared in one time, whatever was sent.
  return timingSafeEqual(digest(token), digest(METRICS_TOKEN));
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Who connects from this machine, and says for nobody else: what a proxy on it passes on comes from anywhere. */
function isNear({ ip, headers }: FastifyRequest): boolean {
  const isPassedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some(
    (name) => headers[name] !== undefined,
  );
  return !isPassedOn && ipaddr.isValid(ip) && ipaddr.process(ip).range() === 'loopback';
}
