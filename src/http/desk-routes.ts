/** The routes of the desk. Their handlers are loaded, and their schemas compiled, only where `ADMIN_TOKEN` is set. */
import { deskEndpoints } from '../contract/api/desk-endpoints.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { PendingWork } from './connection/pending-work.ts';
import type { HttpContext, HttpRequest, HttpServer } from './context.ts';
import { carriesToken } from './request/credentials.ts';
import { apiAnswer } from './response/headers.ts';

/** Declares the routes of the desk; all of them are not found without the token. */
export async function addDeskRoutes(app: HttpServer, context: HttpContext, work: PendingWork): Promise<void> {
  const token = context.settings.ADMIN_TOKEN;
  const handlers = token === '' ? undefined : (await import('./handlers/desk/desk-handlers.ts')).deskHandlers;
  for (const { name, method, path, answers } of deskEndpoints) {
    const schemas = Object.entries(answers).map(([status, { schema }]) => [status, schema]);
    app.route({
      method,
      url: path,
      exposeHeadRoute: method === 'GET',
      schema: { response: handlers ? Object.fromEntries(schemas) : {} },
      onRequest: (_request, reply, done) => {
        reply.headers(apiAnswer);
        done();
      },
      handler: (request, reply) => {
        if (!handlers || !carriesToken(request, token)) throw new Problem('not-found');
        return work.add((async () => handlers[name](context, request as HttpRequest, reply))());
      },
    });
  }
}
