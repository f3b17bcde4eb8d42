/** The one error path: a `Problem` is rendered as it is, any other error is logged and rendered as `unexpected`. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemCode } from '../../contract/problems/codes.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { createFailureLog, type FailureLog } from '../../platform/failure-log.ts';
import type { HttpServer } from '../context.ts';
import { isForReader } from '../request/content-negotiation.ts';
import { sendReaderPage } from './reader-page.ts';

/** Fastify's own errors as problems. */
const fastifyProblems: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'form-expected',
  FST_ERR_VALIDATION: 'bad-request',
};

/** The problem that a client sees of an error. */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>;
  const known = fastifyProblems[code] ?? (statusCode >= 400 && statusCode < 500 ? 'bad-request' : 'unexpected');
  return new Problem(known, { cause: error });
}

/** Renders the problems of all requests, as those of a service below `basePath`. */
export function renderProblems(app: HttpServer, basePath: string): void {
  app.setErrorHandler((error, request, reply) => refuse(request, reply, error, basePath));
  app.setNotFoundHandler((request, reply) => refuse(request, reply, refusedTarget(request, 'not-found'), basePath));
}

const putAdvice =
  'Give a file with POST; nothing was kept. Type: curl -F file=@NAME -OJ --create-dirs --output-dir NEW ADDRESS/api/exchange';

/** The problem of an unknown address or method; for PUT, which `curl -T` sends, it says what to type. */
export function refusedTarget({ method }: FastifyRequest, code: 'not-found' | 'method-not-allowed'): Problem {
  return new Problem(code, method === 'PUT' ? { detail: putAdvice } : {});
}

/** A refused prefetch has status 503 so that browsers try again later (R22), and is no failure of the service. */
const isFailure = ({ status, code }: Problem) => status >= 500 && code !== 'prefetch-refused';

/** The failures of each server. */
const failureLogs = new WeakMap<HttpServer, FailureLog>();

/** Logs storage failures once per state, since a full disk fails every request alike. */
function logFailure(request: FastifyRequest, { code, cause }: Problem, err: unknown): void {
  const facts = { err, code };
  const failures = failureLogs.get(request.server) ?? createFailureLog();
  failureLogs.set(request.server, failures);
  const { name = '', code: reason = '' } = (cause ?? {}) as { name?: string; code?: string };
  if (code === 'unexpected') request.log.error(facts, 'request failed');
  else failures.note(request.log, `${code} ${reason || name}`.trim(), facts, 'request failed');
}

function sendProblemPage(reply: FastifyReply, problem: Problem, basePath: string): FastifyReply {
  const { title = '', detail } = problem.body();
  reply.code(problem.status).header('cache-control', 'no-store');
  return sendReaderPage(reply, { title, html: `<h1>${title}</h1>\n<p>${detail}</p>`, basePath });
}

/** Answers a request with the problem of an error. */
function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown, basePath: string): FastifyReply {
  const problem = toProblem(error);
  if (isFailure(problem)) logFailure(request, problem, error);
  else request.log.debug({ code: problem.code }, 'request refused');
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter));
  if (problem.code === 'ticket-missing') reply.header('www-authenticate', 'Bearer');
  if (problem.code === 'encoding-unknown') reply.header('accept-encoding', 'identity');
  if (problem.code === 'not-found' && isForReader(request)) return sendProblemPage(reply, problem, basePath);
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send(problem.body(basePath));
}
