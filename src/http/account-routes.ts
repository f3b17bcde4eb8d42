/** The routes of accounts. */
import { accountEndpoints } from '../contract/api/account-endpoints.ts';
import { historyEndpoints } from '../contract/api/history-endpoints.ts';
import { Problem } from '../contract/problems/problem.ts';
import type { PendingWork } from './connection/pending-work.ts';
import type { HttpContext, HttpServer } from './context.ts';
import { addOptionalRoutes } from './optional-routes.ts';

/** Declares the routes of accounts; all of them answer `accounts-off` where there are none. */
export async function addAccountRoutes(app: HttpServer, context: HttpContext, work: PendingWork): Promise<void> {
  const { accounts } = context;
  const handlers = accounts && (await import('./handlers/account/account-handlers.ts')).accountHandlers;
  addOptionalRoutes(app, context, work, {
    endpoints: [...accountEndpoints, ...historyEndpoints],
    isOn: accounts !== undefined,
    handlerOf: (name) => {
      if (!accounts || !handlers) throw new Problem('accounts-off');
      return (all, request, reply) => handlers[name](all, accounts, request, reply);
    },
  });
}
