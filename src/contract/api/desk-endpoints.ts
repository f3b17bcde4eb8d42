/** Endpoints of the operator's desk. */
import { AuditPage, BanBody, BanList, DecisionBody, ReviewPage, WholeReview } from './desk-schemas.ts';
import type { Endpoint } from './endpoint.ts';
import { paths } from './paths.ts';

const headers = { Authorization: 'Bearer and the ADMIN_TOKEN.' };

export const deskEndpoints = [
  {
    method: 'GET',
    path: paths.deskPage,
    name: 'deskPage',
    summary: 'The page of the desk. It needs no token, and asks for it.',
    answers: { 200: { description: 'The page.', type: 'text/html' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.reviews,
    name: 'reviews',
    summary: 'Lists reviews in a state, oldest first.',
    query: {
      state: 'open, withheld, approved, removed or appealed; withheld by default.',
      after: 'The `next` of the page before.',
      limit: 'Number of reviews, up to 100; 50 by default.',
    },
    headers,
    answers: { 200: { description: 'A page of reviews.', schema: ReviewPage } },
    problems: ['bad-request', 'not-found'],
  },
  {
    method: 'GET',
    path: paths.review,
    name: 'review',
    summary: 'Shows the review of a file.',
    headers,
    answers: { 200: { description: 'The review.', schema: WholeReview } },
    problems: ['not-found'],
  },
  {
    method: 'POST',
    path: paths.decision,
    name: 'decision',
    summary:
      'Decides about all gifts with these bytes: approve, remove (also without a report), undo (the last approve or remove), or hold (legal hold until a date).',
    headers,
    body: DecisionBody,
    answers: { 200: { description: 'The review as it is now.', schema: WholeReview } },
    problems: ['bad-request', 'not-found', 'too-large'],
  },
  {
    method: 'GET',
    path: paths.bans,
    name: 'bans',
    summary: 'Lists bans.',
    headers,
    answers: { 200: { description: 'All bans.', schema: BanList } },
    problems: ['not-found'],
  },
  {
    method: 'POST',
    path: paths.bans,
    name: 'setBan',
    summary: 'Bans a giver, whose gifts are refused, or a party, whose reports do not count; or takes a ban back.',
    headers,
    body: BanBody,
    answers: { 200: { description: 'All bans.', schema: BanList } },
    problems: ['bad-request', 'not-found', 'too-large'],
  },
  {
    method: 'GET',
    path: paths.auditLog,
    name: 'auditLog',
    summary: 'The log of all decisions, which only grows.',
    query: { before: 'The `next` of the page before.', limit: 'Number of entries, up to 100; 50 by default.' },
    headers,
    answers: { 200: { description: 'A page of the log.', schema: AuditPage } },
    problems: ['bad-request', 'not-found'],
  },
] as const satisfies readonly Endpoint[];
