/** The web page and its parts, and what machines ask for first. */
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { paths } from '../../contract/api/paths.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { HttpContext, HttpServer } from '../context.ts';
import { pageAnswer, partPolicy } from '../response/headers.ts';

/** What crawlers may look at: the page, and nothing that could take a gift. */
export const robots = 'User-agent: *\nDisallow: /api/\nAllow: /\n';

/** Which file of the built page lies at which address; these names stay the same, so a browser asks whether they changed. */
const files: Readonly<Record<string, string>> = {
  [paths.page]: 'index.html',
  [paths.serviceWorker]: 'sw.js',
  [paths.manifest]: 'manifest.webmanifest',
  [paths.favicon]: 'favicon.svg',
};

type ByIcon = FastifyRequest<{ Params: { icon: string } }>;

const isIcon = (name: string) => /^[\w-]+\.(?:png|svg)$/.test(name);

/**
 * Serves the built page, compressed as it was at build time. Its assets carry a hash in their names, so they may be
 * kept for ever.
 */
export function servePage(app: HttpServer, { webRoot }: HttpContext): void {
  app.register(async (assets) => {
    // A worker's policy is that of its own answer, not of the page that starts it.
    assets.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', partPolicy);
    });
    await assets.register(fastifyStatic, {
      root: join(webRoot, 'assets'),
      prefix: '/assets/',
      maxAge: '1y',
      immutable: true,
      index: false,
      preCompressed: true,
      decorateReply: false,
    });
  });
  app.register(fastifyStatic, { root: webRoot, serve: false, preCompressed: true });
  const send = (reply: FastifyReply, file: string) =>
    reply.headers(pageAnswer).sendFile(file, webRoot, { cacheControl: false });
  const serve = (url: string, handler: (request: ByIcon, reply: FastifyReply) => FastifyReply) =>
    app.route({ method: ['GET', 'HEAD'], url, handler });
  for (const [url, file] of Object.entries(files))
    serve(url, (_request, reply) => send(reply, file));
  serve(paths.icon, ({ params }, reply) => {
    if (!isIcon(params.icon)) throw new Problem('not-found');
    return send(reply, `icons/${params.icon}`);
  });
}

/** `POST /share`: came past the page's service worker, so the page is told; the body is left unread. */
export function postShare(reply: FastifyReply): FastifyReply {
  return reply.redirect('/?share=missing', 303);
}
