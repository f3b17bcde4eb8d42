/** The documentation of the API on a running service. */
import {
  accountApiPage,
  apiPage,
  deskApiPage,
  operationsApiPage,
  problemsPage,
  reasonsPage,
  roomApiPage,
} from '../../contract/docs/markdown.ts';
import { openapi } from '../../contract/docs/openapi.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { Handler } from '../context.ts';

const pages: Readonly<Record<string, string>> = {
  api: apiPage(),
  'account-api': accountApiPage(),
  'room-api': roomApiPage(),
  'desk-api': deskApiPage(),
  'operations-api': operationsApiPage(),
  problems: problemsPage(),
  reasons: reasonsPage(),
};
const markdown = 'text/markdown; charset=utf-8';

/** `GET /openapi.json` */
export const getOpenapi: Handler = ({ version, settings: { BASE_URL } }) =>
  openapi(version, BASE_URL.origin && BASE_URL.origin + BASE_URL.path);

/** `GET /docs` */
export const getDocs: Handler = (_context, _request, reply) => reply.type(markdown).send(pages.api);

/** `GET /docs/{page}` */
export const getDocsPage: Handler = (_context, { params }, reply) => {
  if (!Object.hasOwn(pages, params.page)) throw new Problem('not-found');
  return reply.type(markdown).send(pages[params.page]);
};
