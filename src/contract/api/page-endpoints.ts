/** Endpoints of the web page and its assets. */
import type { Endpoint } from './endpoint.ts';
import { paths } from './paths.ts';

export const pageEndpoints = [
  {
    method: 'GET',
    path: paths.page,
    name: 'page',
    summary: 'The web page.',
    answers: { 200: { description: 'The page.', type: 'text/html' } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.serviceWorker,
    name: 'serviceWorker',
    summary: "The page's service worker.",
    answers: { 200: { description: 'The script.', type: 'application/javascript' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.manifest,
    name: 'manifest',
    summary: 'Web app manifest, for installing the page.',
    answers: { 200: { description: 'The manifest.', type: 'application/manifest+json' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.favicon,
    name: 'favicon',
    summary: "The page's icon as SVG.",
    answers: { 200: { description: 'The icon.', type: 'image/svg+xml' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.icon,
    name: 'icon',
    summary: "The page's icons for home screens.",
    answers: { 200: { description: 'An icon.', type: 'image/png' } },
    problems: ['not-found'],
  },
  {
    method: 'POST',
    path: paths.share,
    name: 'share',
    summary:
      'Web Share Target of the installed page. The service worker handles the request; the server reads and stores nothing.',
    upload: 'form',
    answers: {
      303: {
        description: 'The service worker did not handle the request: redirect to the page, which reports it.',
      },
    },
    problems: [],
  },
] as const satisfies readonly Endpoint[];
