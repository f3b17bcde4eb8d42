/** The one error path: a `Problem` is answered as it is, anything else is `unexpected`, logged, and says nothing. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemCode } from '../../contract/problems/codes.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { HttpServer } from '../context.ts';

/** What Fastify itself refuses, in our words. */
const fastifyProblems: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'form-expected',
  FST_ERR_BAD_URL: 'not-found',
  FST_ERR_MAX_PARAM_LENGTH: 'not-found',
  FST_ERR_VALIDATION: 'bad-request',
};

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code = '', statusCode = 500 } = error as Partial<FastifyError>;
  const known =
    fastifyProblems[code] ?? (statusCode >= 400 && statusCode < 500 ? 'bad-request' : 'unexpected');
  return new Problem(known, { cause: error });
}

export function renderProblems(app: HttpServer): void {
  app.setErrorHandler((error, request, reply) => refuse(request, reply, error));
  app.setNotFoundHandler((request, reply) => refuse(request, reply, new Problem('not-found')));
}

/** A prefetch is refused with 503 so that browsers try again later (R22); nothing is wrong with us. */
const isFailure = ({ status, code }: Problem) => status >= 500 && code !== 'prefetch-refused';

/** Answers a request with why it is refused. */
export function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const problem = toProblem(error);
  if (isFailure(problem)) request.log.error({ err: error, code: problem.code }, 'request failed');
  else request.log.debug({ code: problem.code }, 'request refused');
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter));
  if (problem.code === 'ticket-missing') reply.header('www-authenticate', 'Bearer');
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('cache-control', 'no-store')
    .serializer(JSON.stringify)
    .send(problem.body());
}
