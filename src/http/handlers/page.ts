/** The web page with its files, and `robots.txt`. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { paths } from '../../contract/api/paths.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { Handler, HttpContext, HttpServer } from '../context.ts';
import { pageAnswer, partPolicy } from '../response/headers.ts';

/** Files of the built page with constant names, by path. Browsers revalidate them. */
const files: Readonly<Record<string, string>> = {
  [paths.page]: 'index.html',
  [paths.serviceWorker]: 'sw.js',
  [paths.manifest]: 'manifest.webmanifest',
  [paths.favicon]: 'favicon.svg',
};

type ByIcon = FastifyRequest<{ Params: { icon: string } }>;

const isIcon = (name: string) => /^[\w-]+\.(?:png|svg)$/.test(name);

/** Serves the built page, compressed at build time. Assets carry a hash in their names and are cached for a year. */
export function servePage(app: HttpServer, { webRoot, readBuiltPage, settings }: HttpContext): void {
  app.register(async (assets) => {
    // A worker obeys the policy of its own response, not that of its page (CSP3, section 4.2.4).
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
  const serve = (
    url: string,
    handler: (request: ByIcon, reply: FastifyReply) => FastifyReply | Promise<FastifyReply>,
  ) => app.route({ method: ['GET', 'HEAD'], url, handler });
  const { origin, path } = settings.BASE_URL;
  // The page's links are relative, so its address must end with a slash.
  if (path !== '') serve(path, (_request, reply) => reply.redirect(`${path}/`, 308));
  for (const [url, file] of Object.entries(files)) {
    const isLinked = url === paths.page && origin !== undefined;
    serve(url, (request, reply) =>
      isLinked ? sendLinkedPage(request, reply, { readBuiltPage, base: origin + path }) : send(reply, file),
    );
  }
  serve(paths.icon, ({ params }, reply) => {
    if (!isIcon(params.icon)) throw new Problem('not-found');
    return send(reply, `icons/${params.icon}`);
  });
}

/** Sends the page with an absolute address of its Open Graph picture, which many readers of links need (ogp.me). */
async function sendLinkedPage(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { readBuiltPage, base }: Pick<HttpContext, 'readBuiltPage'> & { readonly base: string },
): Promise<FastifyReply> {
  const built = await readBuiltPage();
  if (built === undefined) throw new Problem('not-found');
  const page = built.replaceAll('content="./', `content="${base}/`);
  const etag = `W/"${createHash('sha256').update(page).digest('base64url')}"`;
  reply.headers({ ...pageAnswer, etag, vary: 'accept-encoding', 'content-type': 'text/html; charset=utf-8' });
  if (headers['if-none-match'] === etag) return reply.code(304).send();
  if (!/\bgzip\b/.test(String(headers['accept-encoding']))) return reply.send(page);
  return reply.header('content-encoding', 'gzip').send(gzipSync(page));
}

/** `POST /share`: reached only when the page's service worker did not handle it. The body is left unread. */
export const postShare: Handler = ({ settings }, _request, reply) =>
  reply.redirect(`${settings.BASE_URL.path}/?share=missing`, 303);

/** `GET /robots.txt`: crawlers may read the page, and nothing that could take a gift. */
export const getRobots: Handler = ({ settings }, _request, reply) =>
  reply
    .type('text/plain; charset=utf-8')
    .send(`User-agent: *\nDisallow: ${settings.BASE_URL.path}/api/\nAllow: ${settings.BASE_URL.path}/\n`);
