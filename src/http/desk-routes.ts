/** The routes of the desk, which is on where `ADMIN_TOKEN` is set. */
import { deskEndpoints } from '../contract/api/desk-endpoints.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { PendingWork } from './connection/pending-work.ts';
import type { HttpContext, HttpServer } from './context.ts';
import { addOptionalRoutes } from './optional-routes.ts';
import { carriesToken } from './request/credentials.ts';

/** Declares the routes of the desk; all of them are not found without the token. */
export async function addDeskRoutes(app: HttpServer, context: HttpContext, work: PendingWork): Promise<void> {
  const token = context.settings.ADMIN_TOKEN;
  const handlers = token === '' ? undefined : (await import('./handlers/desk/desk-handlers.ts')).deskHandlers;
  addOptionalRoutes(app, context, work, {
    endpoints: deskEndpoints,
    isOn: handlers !== undefined,
    handlerOf: (name, request) => {
      const isOpen = name === 'deskPage' || carriesToken(request, token);
      if (!handlers || !isOpen) throw new Problem('not-found');
      return handlers[name];
    },
  });
}
