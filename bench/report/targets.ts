/** What must be reached in throughput: medians of per-round ratios. */

import type { PeerId } from '../peers/peer.ts';
import type { Target } from './comparisons.ts';

const target = (work: string, times: number, against: string, ...rivals: PeerId[]): Target => ({
  work,
  times,
  against,
  rivals,
});

const large = (up: string, down: string): Target[] => [
  target(up, 1, 'the best peer that is not nginx', 'gunicorn', 'flask', 'tus', 'fastify'),
  target(up, 0.85, 'bare Node.js, which keeps nothing', 'bare'),
  target(up, 1.3, 'Fastify + @fastify/multipart', 'fastify'),
  target(up, 0.75, 'itself without syncing', 'unsynced'),
  target(down, 0.75, 'nginx, sendfile', 'nginx'),
  target(down, 1.6, 'first version on gunicorn', 'gunicorn'),
];

export const targets: readonly Target[] = [
  target('4k-up', 2.2, 'first version on gunicorn', 'gunicorn'),
  target('4k-up', 6, 'first version', 'flask'),
  target('4k-up', 1.5, 'Fastify + @fastify/multipart', 'fastify'),
  target('4k-down', 8, 'first version on gunicorn', 'gunicorn'),
  target('4k-down', 60, 'first version', 'flask'),
  target('4k-down', 0.12, 'nginx, static', 'nginx'),
  target('1m-up', 2.2, 'the best of first version and tus', 'gunicorn', 'flask', 'tus'),
  target('1m-down', 1.2, 'the best of first version and tus', 'gunicorn', 'flask', 'tus'),
  target('1m-down', 0.5, 'nginx, static', 'nginx'),
  ...large('50m-up', '50m-down'),
  ...large('50m4-up', '50m4-down'),
];
