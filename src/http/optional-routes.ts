/** Routes of a part that may be off: then its handlers are not loaded, nor its schemas compiled. */
import type { Endpoint } from '../contract/api/endpoint.ts';
import type { PendingWork } from './connection/pending-work.ts';
import type { Handler, HttpContext, HttpServer } from './context.ts';
import { apiAnswer } from './response/headers.ts';

interface OptionalRoutes<E extends Endpoint> {
  readonly endpoints: readonly E[];
  /** Where the part is off, `handlerOf` refuses each request. */
  readonly isOn: boolean;
  /** The handler of a request; throws the problem of one that is refused at once. */
  handlerOf(name: E['name'], request: Parameters<Handler>[1]): Handler;
}

/** Declares the routes of such a part. GET answers HEAD as well. */
export function addOptionalRoutes<E extends Endpoint>(
  app: HttpServer,
  context: HttpContext,
  work: PendingWork,
  { endpoints, isOn, handlerOf }: OptionalRoutes<E>,
): void {
  for (const { name, method, path, answers } of endpoints) {
    const schemas = Object.entries(answers).flatMap(([status, { schema }]) =>
      isOn && schema ? [[status, schema]] : [],
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
        const asked = request as Parameters<Handler>[1];
        const handle = handlerOf(name, asked);
        return work.add((async () => handle(context, asked, reply))());
      },
    });
  }
}
