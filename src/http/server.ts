import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import Fastify, { LogController } from 'fastify';
import { endpoints } from '../contract/api/endpoints.ts';
import { headers } from '../contract/api/paths.ts';
import { Problem } from '../contract/problems/problem.ts';
import { closeIdleOnly } from './connection/idle-connections.ts';
import {
  createLongLivedResponses,
  type LongLivedResponses,
} from './connection/long-lived-responses.ts';
import { lingerMs, refuseConnect, refuseMalformed } from './connection/malformed-requests.ts';
import { trackResponses } from './connection/responses-in-flight.ts';
import type { HttpContext, HttpServer } from './context.ts';
import { limitConnections } from './limits/connection-limit.ts';
import { ambiguousRequest } from './limits/prefetch-guard.ts';
import { openMetrics } from './metrics/metrics.ts';
import { declaresTooLarge, peekUpload } from './request/upload-body.ts';
import { everyAnswer } from './response/headers.ts';
import { refuse, renderProblems } from './response/problems.ts';
import { cancelResetWatch } from './response/stream-file.ts';
import { addRoutes } from './routes.ts';

/** Request headers must be here within this time, in milliseconds (R16). */
const headersTimeout = 15_000;
/** A connection on which nothing at all moves is closed after this; longer than any answer we hold open. */
const silence = 120_000;
const largestHeader = 16 * 1024;

/** Builds the HTTP server; the caller listens and closes. */
export async function createServer(door: HttpContext): Promise<HttpServer> {
  const { settings } = door;
  const app: HttpServer = Fastify({
    loggerInstance: door.logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => void refuse(request, reply, error),
    trustProxy: settings.TRUST_PROXY.length > 0 ? [...settings.TRUST_PROXY] : false,
    // Who is there already is served to the end; what Fastify would say instead is no problem of the table.
    return503OnClosing: false,
    connectionTimeout: silence,
    keepAliveTimeout: 10_000,
    // Bodies have a minimum speed of their own; a fixed time would cut honest slow uploads.
    requestTimeout: 0,
    http: {
      maxHeaderSize: largestHeader,
      headersTimeout,
      connectionsCheckingInterval: 5_000,
      highWaterMark: peekUpload,
    },
    clientErrorHandler: (error, socket) => refuseBytes(error, socket as Socket),
  });
  const underWay = trackResponses(app.server);
  const refuseBytes = refuseMalformed(underWay);
  const held = createLongLivedResponses();
  limitConnections(app.server, settings);
  closeIdleOnly(app.server, underWay);
  refuseConnect(app.server, refuseBytes);
  expectContinue(app, settings.MAX_FILE_SIZE);
  app.removeAllContentTypeParsers();
  // Bodies are streamed by the routes that take one; nothing else reads them.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  renderProblems(app);
  addHooks(app, held);
  await app.register(cors, corsOptions(settings.CORS_ORIGINS));
  const metrics = await openMetrics(door);
  if (metrics) {
    app.addHook('onResponse', (request, reply, done) => {
      metrics.answered(request.routeOptions.url, reply.raw.statusCode);
      done();
    });
  }
  addRoutes(app, door, held, metrics);
  refuseOtherMethods(app);
  await app.ready();
  return app;
}

function corsOptions(origins: readonly string[]) {
  return {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    // OPTIONS that is no preflight asks what an address takes, which is no mistake (RFC 9110, section 9.3.7).
    strictPreflight: false,
    exposedHeaders: [
      headers.ticket,
      headers.giver,
      'Content-Disposition',
      'Content-Location',
      'Content-Range',
      'ETag',
      'Preference-Applied',
      'Retry-After',
    ],
    maxAge: 86_400,
  };
}

/** `Expect: 100-continue`: a file that is announced as too large is refused before it is sent. */
function expectContinue(app: HttpServer, limit: number): void {
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // Behind an answer that is not out yet, Node.js would put it between the headers and the body of its own.
    const isNext = response.socket !== null;
    if (isNext && !declaresTooLarge(request, limit)) response.writeContinue();
    app.server.emit('request', request, response);
  });
}

/** What happens to every request calls back: a promise for each of them would cost a small request more than they do. */
function addHooks(app: HttpServer, held: LongLivedResponses): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(everyAnswer);
    cancelResetWatch(request.raw.socket);
    done(ambiguousRequest(request));
  });
  app.addHook('onResponse', (request, reply, done) => {
    stopListening(request.raw);
    // The route, not the address: addresses hold tickets and secrets.
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.raw.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
    done();
  });
  app.addHook('preClose', async () => {
    held.endAll();
  });
}

function stopListening(request: IncomingMessage): void {
  if (request.complete) return;
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, lingerMs).unref();
}

/** A known address with another method is 405, and says which methods it takes (R20). */
function refuseOtherMethods(app: HttpServer): void {
  const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
  for (const url of new Set(endpoints.map(({ path }) => path))) {
    const taken = all.filter((method) => app.hasRoute({ method, url }));
    app.route({
      method: all.filter((method) => !taken.includes(method)),
      url,
      handler: async (_request, reply) => {
        reply.header('allow', [...taken, 'OPTIONS'].join(', '));
        throw new Problem('method-not-allowed');
      },
    });
  }
}
