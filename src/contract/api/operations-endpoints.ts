/** Endpoints for operators and developers. */
import type { Endpoint } from './endpoint.ts';
import { paths } from './paths.ts';
import { HealthSchema } from './schemas.ts';

export const operationsEndpoints = [
  {
    method: 'GET',
    path: paths.live,
    name: 'live',
    summary: 'Liveness: the process responds.',
    answers: { 200: { description: 'The process is alive.', schema: HealthSchema } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.ready,
    name: 'ready',
    summary: 'Readiness: ledger and vault can store gifts durably. Both are tested.',
    answers: {
      200: { description: 'Ready.', schema: HealthSchema },
      503: { description: 'Not ready.', schema: HealthSchema },
    },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.metrics,
    name: 'metrics',
    summary:
      'Metrics for Prometheus. Requires METRICS=on, and METRICS_TOKEN or a direct request from the same machine.',
    headers: {
      Authorization: 'Bearer and the METRICS_TOKEN, if one is set.',
    },
    answers: {
      200: { description: 'The metrics.', type: 'text/plain' },
    },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.openapi,
    name: 'openapi',
    summary: 'This contract as an OpenAPI 3.1 document.',
    answers: { 200: { description: 'The document.', type: 'application/json' } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.docs,
    name: 'docs',
    summary: 'This contract as Markdown, or as a page for a browser.',
    answers: { 200: { description: 'The page.', type: 'text/markdown' } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.docsPage,
    name: 'docsPage',
    summary:
      'More documentation: `problems` and their `reasons`; `room-api`, `account-api`, `desk-api` and `operations-api`, the contracts of rooms, accounts, the desk and operations.',
    answers: { 200: { description: 'The page.', type: 'text/markdown' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.operatorPage,
    name: 'operatorPage',
    summary: '`rules`, `privacy` or `contact`, by the operator.',
    answers: { 200: { description: 'The text.', type: 'text/plain' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.securityContact,
    name: 'securityContact',
    summary: 'RFC 9116.',
    answers: { 200: { description: 'The contact.', type: 'text/plain' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.robots,
    name: 'robots',
    summary: 'Excludes the API from crawling.',
    answers: { 200: { description: 'The rules.', type: 'text/plain' } },
    problems: [],
  },
] as const satisfies readonly Endpoint[];
