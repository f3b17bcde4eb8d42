/** Endpoints for the state of the pool and of tickets, once or as Server-Sent Events. */
import { type Endpoint, type EndpointAnswer, foreignProblems } from './endpoint.ts';
import { paths } from './paths.ts';
import { AppealBody, LifeBody, PoolStats, TicketStatus } from './schemas.ts';

const events: EndpointAnswer = {
  description: 'A stream of Server-Sent Events.',
  type: 'text/event-stream',
};

export const statusEndpoints = [
  {
    method: 'GET',
    path: paths.poolStats,
    name: 'poolStats',
    summary:
      'Statistics of the pool, from counters: equally fast for any pool size. With fewer than 16 files, sizes are rounded up to a power of two.',
    answers: { 200: { description: 'The statistics.', schema: PoolStats } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.poolEvents,
    name: 'poolEvents',
    summary: 'Live statistics: an event "stats" at the start and after each change, at most a few per second.',
    answers: { 200: events },
    problems: ['too-many-at-once'],
  },
  {
    method: 'GET',
    path: paths.ticket,
    name: 'ticket',
    summary: 'State of a gift and of the draw that it earned.',
    ticket: 'in path',
    answers: { 200: { description: 'The state of both.', schema: TicketStatus } },
    problems: ['ticket-missing', 'ticket-unknown'],
  },
  {
    method: 'GET',
    path: paths.ticketEvents,
    name: 'ticketEvents',
    summary:
      'Live status of a ticket: an event "ticket" at the start, after each change, and a day before the ticket or its file ends (ends_at). State "ready": a file is there for you; fate "landed": your gift has arrived.',
    ticket: 'in path',
    answers: { 200: events },
    problems: ['ticket-missing', 'ticket-unknown', 'too-many-at-once'],
  },
  {
    method: 'POST',
    path: paths.appeal,
    name: 'appeal',
    summary: 'Appeals once against the removal of the file, which the status says (statement).',
    ticket: 'in path',
    body: AppealBody,
    answers: { 200: { description: 'The state of both.', schema: TicketStatus } },
    problems: ['bad-request', 'ticket-missing', 'ticket-unknown', 'appeal-over', 'too-large', ...foreignProblems],
  },
  {
    method: 'PATCH',
    path: paths.ticket,
    name: 'shorten',
    summary:
      'Shortens the life of a file that has not been drawn, and of its ticket. A life that is longer than what is left changes nothing.',
    ticket: 'in path',
    body: LifeBody,
    answers: { 200: { description: 'The state of both, with their ends.', schema: TicketStatus } },
    problems: [
      'life-broken',
      'ticket-missing',
      'ticket-unknown',
      'ticket-withdrawn',
      'ticket-expired',
      'gift-drawn',
      'too-large',
      ...foreignProblems,
    ],
  },
  {
    method: 'DELETE',
    path: paths.ticket,
    name: 'withdraw',
    summary: 'Withdraws a gift that has not been drawn, together with its ticket, unless that has made its draw.',
    ticket: 'in path',
    answers: { 204: { description: 'The gift is withdrawn.' } },
    problems: ['ticket-missing', 'ticket-unknown', 'ticket-expired', 'gift-drawn', 'draw-made', ...foreignProblems],
  },
] as const satisfies readonly Endpoint[];
