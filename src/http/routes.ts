/** The URL map: the handler of each endpoint of the contract. */
import { type EndpointName, endpoints } from '../contract/api/endpoints.ts';
import type { PendingWork } from './connection/pending-work.ts';
import type { Handler, HttpContext, HttpRequest, HttpServer } from './context.ts';
import type { AccountEndpoint } from './handlers/account/account-handlers.ts';
import { getDelivery, headDelivery, postReceived } from './handlers/deliver.ts';
import type { DeskEndpoint } from './handlers/desk/desk-handlers.ts';
import { getDocs, getDocsPage, getOpenapi } from './handlers/docs.ts';
import { getDownload, headDownload, postDraw } from './handlers/draw.ts';
import { getPoolEvents, getTicketEvents } from './handlers/events.ts';
import { getExchange, postExchange, postUpload } from './handlers/give.ts';
import { getLive, getReady } from './handlers/health.ts';
import { getMetrics } from './handlers/metrics.ts';
import { getOperatorPage, getSecurityContact } from './handlers/operator-pages.ts';
import { getRobots, postShare, servePage } from './handlers/page.ts';
import { postReport } from './handlers/report.ts';
import { deleteRoom, getRoom, getRoomEvents, patchRoom, postRoom } from './handlers/rooms.ts';
import { getStats } from './handlers/stats.ts';
import { postThanks } from './handlers/thank.ts';
import { deleteTicket, getTicket, patchTicket, postAppeal } from './handlers/tickets.ts';
import { guardOrigin } from './limits/origin-guard.ts';
import { apiAnswer } from './response/headers.ts';

/** The page and its files are served by `servePage`. */
type PageFile = 'page' | 'serviceWorker' | 'manifest' | 'favicon' | 'icon';

/** Those of accounts are in `account-routes.ts`, and those of the desk in `desk-routes.ts`. */
const handlers: Readonly<Record<Exclude<EndpointName, PageFile | AccountEndpoint | DeskEndpoint>, Handler>> = {
  share: postShare,
  poolStats: getStats,
  poolEvents: getPoolEvents,
  upload: postUpload,
  download: getDownload,
  peek: headDownload,
  exchange: postExchange,
  given: getExchange,
  draw: postDraw,
  delivery: getDelivery,
  deliveryFacts: headDelivery,
  received: postReceived,
  thanks: postThanks,
  report: postReport,
  ticket: getTicket,
  ticketEvents: getTicketEvents,
  shorten: patchTicket,
  appeal: postAppeal,
  withdraw: deleteTicket,
  createRoom: postRoom,
  room: getRoom,
  roomEvents: getRoomEvents,
  changeRoom: patchRoom,
  endRoom: deleteRoom,
  live: getLive,
  ready: getReady,
  metrics: getMetrics,
  openapi: getOpenapi,
  docs: getDocs,
  docsPage: getDocsPage,
  operatorPage: getOperatorPage,
  securityContact: getSecurityContact,
  robots: getRobots,
};

/** Endpoints that stream: their HEAD is an endpoint of its own, or none. */
const streaming = new Set(['download', 'delivery', 'poolEvents', 'ticketEvents', 'roomEvents']);

/** Declares the routes of the contract. Any other GET answers HEAD as well. */
export function addRoutes(app: HttpServer, context: HttpContext, work: PendingWork): void {
  servePage(app, context);
  for (const { name, method, path, answers } of endpoints) {
    if (!(name in handlers)) continue;
    const handle = handlers[name as keyof typeof handlers];
    const changes = name === 'download' || (method !== 'GET' && method !== 'HEAD' && name !== 'share');
    const schemas = Object.entries(answers).flatMap(([status, { schema }]) => (schema ? [[status, schema]] : []));
    app.route({
      method,
      url: path,
      exposeHeadRoute: method === 'GET' && !streaming.has(name),
      schema: { response: Object.fromEntries(schemas) },
      onRequest: (request, reply, done) => {
        reply.headers(apiAnswer);
        if (changes) guardOrigin(context, request);
        done();
      },
      handler: (request, reply) => work.add((async () => handle(context, request as HttpRequest, reply))()),
    });
  }
}
