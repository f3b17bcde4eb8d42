/** The part of the contract that the web page lives on: the page, and what a browser expects beside it. */
import type { Endpoint } from './endpoints.ts';
import { paths } from './paths.ts';

export const pageEndpoints = [
  {
    method: 'GET',
    path: paths.page,
    name: 'page',
    about: 'The web page.',
    answers: { 200: { about: 'The page.', type: 'text/html' } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.serviceWorker,
    name: 'serviceWorker',
    about: "The page's service worker.",
    answers: { 200: { about: 'The script.', type: 'application/javascript' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.manifest,
    name: 'manifest',
    about: 'What a device needs to know to install the page.',
    answers: { 200: { about: 'The manifest.', type: 'application/manifest+json' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.favicon,
    name: 'favicon',
    about: "The page's picture.",
    answers: { 200: { about: 'The picture.', type: 'image/svg+xml' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.icon,
    name: 'icon',
    about: "The page's pictures for a device's home screen.",
    answers: { 200: { about: 'A picture.', type: 'image/png' } },
    problems: ['not-found'],
  },
  {
    method: 'POST',
    path: paths.share,
    name: 'share',
    about:
      "Where an installed page's device hands over a file to give. The page's service worker takes it; the service itself reads nothing and keeps nothing.",
    takes: 'form',
    answers: { 303: { about: 'Nobody took it: back to the page, which says so.' } },
    problems: [],
  },
] as const satisfies readonly Endpoint[];
