import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import Fastify, { type FastifyReply, LogController } from 'fastify';
import { endpoints } from '../contract/api/endpoints.ts';
import { headers } from '../contract/api/paths.ts';
import { addAccountRoutes } from './account-routes.ts';
import { closeIdleOnly } from './connection/idle-connections.ts';
import { createLongLivedResponses } from './connection/long-lived-responses.ts';
import { refuseConnect, refuseMalformed } from './connection/malformed-requests.ts';
import { createPendingWork } from './connection/pending-work.ts';
import { createResetWatcher } from './connection/reset-watcher.ts';
import { type ResponsesInFlight, trackResponses } from './connection/responses-in-flight.ts';
import { createUnreadBodies } from './connection/unread-body.ts';
import type { HttpContext, HttpOptions, HttpServer } from './context.ts';
import { addDeskRoutes } from './desk-routes.ts';
import { createStorageState } from './handlers/health.ts';
import { createLiveRoom } from './handlers/rooms.ts';
import { createLiveStats } from './handlers/stats.ts';
import { createConcurrencyLimits } from './limits/concurrency-limit.ts';
import { limitConnections } from './limits/connection-limit.ts';
import { ambiguousRequest } from './limits/prefetch-guard.ts';
import { createRateLimits } from './limits/rate-limit.ts';
import { startRateLimitSync } from './limits/rate-limit-sync.ts';
import { openMetrics } from './metrics/metrics.ts';
import { clientKey, createAddressMatcher, noteUntrustedProxy } from './request/client-address.ts';
import { declaresTooLarge, uploadHighWaterMark } from './request/upload-body.ts';
import { everyAnswer, secureAnswer } from './response/headers.ts';
import { refusedTarget, renderProblems } from './response/problems.ts';
import { addRoutes } from './routes.ts';

/** How long request headers may take, in milliseconds (R16). */
const headersTimeout = 15_000;
/** A silent connection is closed after this, in milliseconds; longer than any response is held open. */
const silenceTimeout = 120_000;
const maxHeaderSize = 16 * 1024;

/** Builds the HTTP server; the caller listens and closes. */
export async function createServer(options: HttpOptions): Promise<HttpServer> {
  const { settings, exchange } = options;
  const isTrustedProxy = createAddressMatcher(settings.TRUST_PROXY);
  const { app, inFlight, refuseBytes } = createFastify(options, isTrustedProxy);
  const longLived = createLongLivedResponses();
  const isAwaited = limitConnections(app.server, settings, isTrustedProxy, longLived);
  closeIdleOnly(app.server, inFlight);
  refuseConnect(app.server, refuseBytes);
  answerExpect(app, settings.MAX_FILE_SIZE);
  app.removeAllContentTypeParsers();
  // Routes that take a body stream it.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  renderProblems(app, settings.BASE_URL.path);
  const limits = createRateLimits(options);
  if (exchange.isShared) app.addHook('onClose', startRateLimitSync(exchange, limits));
  const context: HttpContext = {
    ...options,
    inFlight,
    isAwaited,
    isTrustedProxy,
    limits,
    concurrency: createConcurrencyLimits(settings),
    longLived,
    resets: createResetWatcher(),
    metrics: await openMetrics(options),
    liveStats: createLiveStats(exchange),
    liveRoom: createLiveRoom(exchange),
    storageState: createStorageState(exchange),
  };
  addHooks(app, context);
  await app.register(cors, corsOptions(settings.CORS_ORIGINS));
  const work = createPendingWork();
  // Completed deliveries are recorded after their last byte, when the connection may be closed already.
  app.addHook('onClose', work.settled);
  addRoutes(app, context, work);
  await addAccountRoutes(app, context, work);
  await addDeskRoutes(app, context, work);
  refuseOtherMethods(app);
  await app.ready();
  return app;
}

function createFastify({ settings, logger }: HttpOptions, isTrustedProxy: HttpContext['isTrustedProxy']) {
  let inFlight: ResponsesInFlight | undefined;
  const admitted = () => inFlight as ResponsesInFlight;
  const app: HttpServer = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: maxHeaderSize },
    rewriteUrl: ({ url = '/' }) => withoutBase(targetPath(url), settings.BASE_URL.path),
    trustProxy: settings.TRUST_PROXY.length > 0 && isTrustedProxy,
    // Open connections are served to the end. Fastify's own 503 is no problem of the table.
    return503OnClosing: false,
    // Requests wait before Fastify spends anything on them.
    serverFactory: (handle) => {
      const server = createNodeServer((request, response) =>
        admitted().admit(response, () => handle(request, response)),
      );
      inFlight ??= trackResponses(server, ({ remoteAddress = '' }) => clientKey(remoteAddress));
      return server;
    },
    clientErrorHandler: (error, socket) => refuseBytes(error, socket as Socket),
  });
  const refuseBytes = refuseMalformed(admitted(), settings.BASE_URL.path);
  return { app, inFlight: admitted(), refuseBytes };
}

function createNodeServer(listener: RequestListener): http.Server {
  const server = http.createServer(
    {
      maxHeaderSize,
      headersTimeout,
      // Bodies have a minimum speed; a fixed timeout would cut slow uploads.
      requestTimeout: 0,
      // `ambiguousRequest` refuses a request without a host by a problem.
      requireHostHeader: false,
      keepAliveTimeout: 10_000,
      connectionsCheckingInterval: 5_000,
      highWaterMark: uploadHighWaterMark,
    },
    listener,
  );
  return server.setTimeout(silenceTimeout);
}

/**
 * The target of a request as a path (RFC 9112, section 3.2). One that is no URL becomes a path that is not found, since Fastify
 * would answer it without any of our hooks.
 */
function targetPath(target: string): string {
  if (target.startsWith('/') && !target.includes('%')) return target;
  try {
    const path = target.startsWith('/') ? target : pathOf(new URL(target));
    decodeURIComponent(path.split('?', 1)[0] as string);
    return path;
  } catch {
    return '/not-found';
  }
}

/** A proxy may pass the path of `BASE_URL` on, or take it away. */
function withoutBase(target: string, basePath: string): string {
  if (basePath === '' || !target.startsWith(basePath)) return target;
  return target[basePath.length] === '/' ? target.slice(basePath.length) : target;
}

const pathOf = ({ pathname, search }: URL) => pathname + search;

function corsOptions(origins: readonly string[]) {
  return {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    // OPTIONS that is no preflight asks for the allowed methods (RFC 9110, section 9.3.7).
    strictPreflight: false,
    exposedHeaders: [
      headers.ticket,
      headers.giver,
      headers.expires,
      'Content-Disposition',
      'Content-Location',
      'Content-Range',
      'ETag',
      'Preference-Applied',
      'RateLimit',
      'RateLimit-Policy',
      'Repr-Digest',
      'Retry-After',
    ],
    maxAge: 86_400,
  };
}

/** `Expect: 100-continue` (RFC 9110, section 10.1.1): a file that is declared too large is refused before it is sent. */
function answerExpect(app: HttpServer, limit: number): void {
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // Behind an unfinished response, Node.js would write it between the headers and the body of that response.
    const isNext = response.socket !== null;
    if (isNext && !declaresTooLarge(request, limit)) response.writeContinue();
    app.server.emit('request', request, response);
  });
  // Refused as `expectation-failed`, by `ambiguousRequest`.
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    app.server.emit('request', request, response);
  });
}

/** The hooks of every request. They call back, since a promise for each costs a small request more than they do. */
function addHooks(app: HttpServer, context: HttpContext): void {
  const { inFlight, isAwaited, logger, longLived, metrics, resets, settings } = context;
  const noteForwarded = noteUntrustedProxy(logger);
  const hasProxy = settings.TRUST_PROXY.length > 0;
  const unread = createUnreadBodies(inFlight, longLived);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(everyAnswer);
    if (isAwaited(request.raw.socket)) closeAfter(reply, inFlight);
    noteForwarded(request);
    if (hasProxy && request.protocol === 'https') reply.headers(secureAnswer);
    resets.cancel(request.raw.socket);
    done(ambiguousRequest(request));
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    unread.answer(request, reply, payload, (answer) => done(null, answer));
  });
  app.addHook('onResponse', (request, reply, done) => {
    metrics?.countResponse(request.routeOptions.url, reply.raw.statusCode);
    // The route and not the address, which holds tickets and secrets.
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
    longLived.endAll();
  });
}

/** Ends a connection with this response, so that another one of its client gets its place. */
function closeAfter(reply: FastifyReply, inFlight: ResponsesInFlight): void {
  reply.header('connection', 'close');
  inFlight.endAfter(reply.raw);
}

/** Answers a known path with another method by 405 and the methods that it takes (R20). */
function refuseOtherMethods(app: HttpServer): void {
  const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
  for (const url of new Set(endpoints.map(({ path }) => path))) {
    const taken = all.filter((method) => app.hasRoute({ method, url }));
    app.route({
      method: all.filter((method) => !taken.includes(method)),
      url,
      handler: async (request, reply) => {
        reply.header('allow', [...taken, 'OPTIONS'].join(', '));
        throw refusedTarget(request, 'method-not-allowed');
      },
    });
  }
}
