/** The web page and its parts, and what machines ask for first. */
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { paths } from '../contract/paths.ts';
import { pageAnswer } from './headers.ts';
import type { App, Door } from './settings.ts';

/** What crawlers may look at: the page, and nothing that could take a gift. */
export const robots = 'User-agent: *\nDisallow: /api/\nAllow: /\n';

/** Serves the built page. Its assets carry a hash in their names, so they may be kept for ever. */
export function servePage(app: App, { webRoot }: Door): void {
  app.register(fastifyStatic, {
    root: join(webRoot, 'assets'),
    prefix: '/assets/',
    maxAge: '1y',
    immutable: true,
    index: false,
  });
  app.route({
    method: ['GET', 'HEAD'],
    url: paths.page,
    handler: (_request, reply) =>
      reply.headers(pageAnswer).sendFile('index.html', webRoot, { cacheControl: false }),
  });
}
