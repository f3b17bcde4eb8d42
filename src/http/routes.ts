/** The whole map of addresses. */
import { type EndpointName, endpoint } from '../contract/api/endpoints.ts';
import { apiPage, problemsPage } from '../contract/docs/markdown.ts';
import { openapi } from '../contract/docs/openapi.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { LongLivedResponses } from './connection/long-lived-responses.ts';
import type { HttpContext, HttpServer } from './context.ts';
import { getDelivery, headDelivery, postReceived } from './handlers/deliver.ts';
import { getDownload, headDownload, postDraw } from './handlers/draw.ts';
import { getPoolEvents, getTicketEvents } from './handlers/events.ts';
import { postReport, postThanks } from './handlers/feedback.ts';
import { postExchange, postUpload } from './handlers/give.ts';
import { getReady } from './handlers/health.ts';
import { postShare, robots, servePage } from './handlers/page.ts';
import { getStats, liveStats } from './handlers/stats.ts';
import { deleteTicket, getTicket } from './handlers/tickets.ts';
import { createRateLimits } from './limits/rate-limit.ts';
import { startRateLimitSync } from './limits/rate-limit-sync.ts';
import { getMetrics, type Metrics } from './metrics/metrics.ts';
import { apiAnswer } from './response/headers.ts';

export function addRoutes(
  app: HttpServer,
  door: HttpContext,
  held: LongLivedResponses,
  metrics: Metrics | undefined,
): void {
  const limits = createRateLimits(door);
  if (door.exchange.isShared) app.addHook('onClose', startRateLimitSync(door.exchange, limits));
  const live = liveStats(door);
  const pages: Readonly<Record<string, string>> = { api: apiPage(), problems: problemsPage() };
  const document = openapi(door.version);
  const route = router(app);

  servePage(app, door);
  route('share', (_request, reply) => postShare(reply));
  route('poolStats', () => getStats(door));
  route('upload', (request) => postUpload(door, limits, request));
  route('download', (request, reply) => getDownload(door, limits, request, reply));
  route('peek', (_request, reply) => headDownload(door, reply));

  route('exchange', (request, reply) => postExchange(door, limits, request, reply));
  route('draw', (request, reply) => postDraw(door, limits, held, request, reply));
  route('delivery', (request, reply) => getDelivery(door, request, reply));
  route('deliveryFacts', (request, reply) => headDelivery(door, request, reply));
  route('received', (request, reply) => postReceived(door, request, reply));
  route('thanks', (request, reply) => postThanks(door, limits, request, reply));
  route('report', (request, reply) => postReport(door, limits, request, reply));
  route('ticket', (request) => getTicket(door, request));
  route('withdraw', (request, reply) => deleteTicket(door, request, reply));

  route('poolEvents', (request, reply) => getPoolEvents(door, live, held, request, reply));
  route('ticketEvents', (request, reply) => getTicketEvents(door, held, request, reply));

  route('live', async () => ({ status: 'ok' }));
  route('ready', (_request, reply) => getReady(door, reply));
  route('metrics', (request, reply) => getMetrics(door, metrics, request, reply));
  route('openapi', async () => document);
  route('docs', (_request, reply) => reply.type('text/markdown; charset=utf-8').send(pages.api));
  route('docsPage', (request, reply) => {
    const page = pages[request.params.page ?? ''];
    if (page === undefined) throw new Problem('not-found');
    return reply.type('text/markdown; charset=utf-8').send(page);
  });
  route('robots', (_request, reply) => reply.type('text/plain; charset=utf-8').send(robots));
}

// biome-ignore lint/suspicious/noExplicitAny: each handler narrows the parameters of its own path
type Handler = (request: any, reply: Parameters<typeof getReady>[1]) => unknown;

/** Declares what the contract's table says; a safe GET answers HEAD too, unless the table has a HEAD of its own. */
function router(app: HttpServer): (name: EndpointName, handler: Handler) => void {
  const streaming = new Set<EndpointName>(['download', 'delivery', 'poolEvents', 'ticketEvents']);
  // What an answer brought about is noted after its last byte, when its connection may be closed already.
  const underWay = new Set<Promise<unknown>>();
  app.addHook('onClose', async () => {
    await Promise.allSettled(underWay);
  });
  const tracked = (work: Promise<unknown>) => {
    const end = () => void underWay.delete(work);
    underWay.add(work);
    work.then(end, end);
    return work;
  };
  return (name, handler) => {
    const { method, path, answers } = endpoint(name);
    const schemas = Object.entries(answers).filter(([, answer]) => answer.schema);
    app.route({
      method,
      url: path,
      exposeHeadRoute: method === 'GET' && !streaming.has(name),
      schema: {
        response: Object.fromEntries(schemas.map(([status, { schema }]) => [status, schema])),
      },
      onRequest: (_request, reply, done) => {
        reply.headers(apiAnswer);
        done();
      },
      handler: (request, reply) => tracked((async () => handler(request, reply))()),
    });
  };
}
