/** The routes of accounts. Their handlers are loaded, and their schemas compiled, only where accounts are on. */
import { accountEndpoints } from '../contract/api/account-endpoints.ts';
import { historyEndpoints } from '../contract/api/history-endpoints.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { PendingWork } from './connection/pending-work.ts';
import type { HttpContext, HttpRequest, HttpServer } from './context.ts';
import { apiAnswer } from './response/headers.ts';

/** Declares the routes of accounts; all of them answer `accounts-off` where there are none. */
export async function addAccountRoutes(app: HttpServer, context: HttpContext, work: PendingWork): Promise<void> {
  const { accounts } = context;
  const handlers = accounts && (await import('./handlers/account/account-handlers.ts')).accountHandlers;
  for (const { name, method, path, answers } of [...accountEndpoints, ...historyEndpoints]) {
    const schemas = Object.entries(answers).flatMap(([status, answer]) =>
      handlers && 'schema' in answer ? [[status, answer.schema]] : [],
    );
    app.route({
      method,
      url: path,
      exposeHeadRoute: method === 'GET',
      schema: { response: Object.fromEntries(schemas) },
      onRequest: (_request, reply, done) => {
        reply.headers(apiAnswer);
        done();
      },
      handler: (request, reply) => {
        if (!accounts || !handlers) throw new Problem('accounts-off');
        return work.add((async () => handlers[name](context, accounts, request as HttpRequest, reply))());
      },
    });
  }
}
