/** The documentation of the API on a running service: Markdown for scripts, a page for a browser. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contractPages as pages } from '../../contract/docs/markdown.ts';
import { openapi } from '../../contract/docs/openapi.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { Handler } from '../context.ts';
import { isForReader, variesByAccept } from '../request/content-negotiation.ts';
import { sendReaderPage } from '../response/reader-page.ts';

/** `GET /openapi.json` */
export const getOpenapi: Handler = ({ version, settings: { BASE_URL } }) =>
  openapi(version, BASE_URL.origin && BASE_URL.origin + BASE_URL.path);

/** `GET /docs` */
export const getDocs: Handler = ({ settings }, request, reply) =>
  sendDocs('api', settings.BASE_URL.path, request, reply);

/** `GET /docs/{page}` */
export const getDocsPage: Handler = ({ settings }, request, reply) => {
  const { page } = request.params;
  if (!Object.hasOwn(pages, page)) throw new Problem('not-found');
  return sendDocs(page, settings.BASE_URL.path, request, reply);
};

async function sendDocs(page: string, basePath: string, request: FastifyRequest, reply: FastifyReply) {
  const markdown = pages[page] ?? '';
  if (!isForReader(request)) {
    variesByAccept(reply);
    return reply.type('text/markdown; charset=utf-8').send(markdown);
  }
  const [, title = ''] = /^# (.*)/.exec(markdown) ?? [];
  return sendReaderPage(reply, { title, html: await renderDocs(markdown, basePath), basePath });
}

/** The parser is loaded for the first reader. */
async function renderDocs(markdown: string, basePath: string): Promise<string> {
  const { micromark } = await import('micromark');
  return withAnchors(micromark(withServedLinks(markdown, basePath)));
}

/** Links between the files of the repository become links between the pages of the service; of other files the words stay. */
const withServedLinks = (markdown: string, basePath: string): string =>
  markdown.replaceAll(/\[([^\]]+)\]\(([\w-]+)\.md(#[\w-]+)?\)/g, (_link, words: string, page: string, anchor = '') =>
    Object.hasOwn(pages, page) ? `[${words}](${basePath}/docs/${page}${anchor})` : words,
  );

/** Headings get the ids that GitHub gives them. */
const withAnchors = (html: string): string =>
  html.replaceAll(/<h2>(.*?)<\/h2>/g, (_heading, words: string) => {
    const id = words
      .replaceAll(/<[^>]*>/g, '')
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-');
    return `<h2 id="${id}">${words}</h2>`;
  });
