/** Pages for a person who opens an address of the API in a browser. */
import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { variesByAccept } from '../request/content-negotiation.ts';

interface ReaderPage {
  readonly title: string;
  /** The main part; it must not contain text of others. */
  readonly html: string;
  readonly basePath: string;
}

const style =
  'main{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}';
const styleHash = createHash('sha256').update(style).digest('base64');

/** Allows this one style by its hash (CSP Level 3), and nothing else. */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Sends a page with a way to the exchange, where a script would get another format. */
export function sendReaderPage(reply: FastifyReply, { title, html, basePath }: ReaderPage): FastifyReply {
  variesByAccept(reply);
  return reply
    .header('content-security-policy', policy)
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Random File Exchange</title>
<style>${style}</style>
<main>
${html}
<p><a href="${basePath}/">To the exchange</a></p>
</main>
</html>
`);
}
