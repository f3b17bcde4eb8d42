/** The HTTP contract as data: what is served where. The server takes its schemas from it, `/openapi.json` and the docs are made of it. */
import type { TSchema } from 'typebox';
import type { ProblemCode } from '../problems/codes.ts';
import { reportReasons, thanks } from '../vocabulary.ts';
import { pageEndpoints } from './page-endpoints.ts';
import { paths } from './paths.ts';
import {
  DrawAnswer,
  ExchangeAnswer,
  HealthSchema,
  PoolStats,
  ReportBody,
  ThanksBody,
  TicketStatus,
  UploadAnswer,
} from './schemas.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'DELETE';

export interface EndpointAnswer {
  readonly about: string;
  readonly schema?: TSchema;
  /** The media type of what is not JSON; with a schema as well, the request chooses. */
  readonly type?: string;
}

export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  readonly name: string;
  readonly about: string;
  readonly takes?: 'form' | 'form or bytes';
  /** The JSON that it takes. */
  readonly body?: TSchema;
  /** Whether it wants `Authorization: Bearer <ticket>`. */
  readonly ticket?: 'needed' | 'optional';
  /** Request headers that change what it does. */
  readonly listens?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<number, EndpointAnswer>>;
  readonly problems: readonly ProblemCode[];
}

const giveProblems = [
  'form-broken',
  'field-missing',
  'no-file-chosen',
  'too-many-files',
  'file-empty',
  'upload-cut',
  'too-slow',
  'too-large',
  'executable-refused',
  'type-unknown',
  'too-many-requests',
  'storage-failing',
  'storage-full',
] as const satisfies readonly ProblemCode[];

const ticketProblems = [
  'ticket-unknown',
  'ticket-spent',
  'ticket-withdrawn',
  'ticket-expired',
] as const satisfies readonly ProblemCode[];

const guardProblems = [
  'embed-refused',
  'prefetch-refused',
] as const satisfies readonly ProblemCode[];

const replyProblems = [
  'delivery-unknown',
  'delivery-over',
  'gift-damaged',
  'too-large',
  'too-many-requests',
] as const satisfies readonly ProblemCode[];

const giverHeader = {
  'Exchange-Giver':
    'Who you are to the exchange, from an earlier answer, so that you never get your own.',
};

const file: EndpointAnswer = {
  about: "A stranger's file, as an attachment.",
  type: 'application/octet-stream',
};
const elsewhere: EndpointAnswer = {
  about:
    'The file is at Location, for a few minutes: follow at once. Only where the operator chose so, and never for a script of a page.',
};
const events: EndpointAnswer = { about: 'Server-Sent Events.', type: 'text/event-stream' };

export const endpoints = [
  ...pageEndpoints,
  {
    method: 'GET',
    path: paths.poolStats,
    name: 'poolStats',
    about: 'What is in the pool, from counters: it costs the same for any pool.',
    answers: { 200: { about: 'The counters.', schema: PoolStats } },
    problems: [],
  },
  {
    method: 'POST',
    path: paths.upload,
    name: 'upload',
    about: 'Gives a file for nothing: it earns no ticket and becomes a free gift.',
    takes: 'form',
    listens: giverHeader,
    answers: { 200: { about: 'The file is in the pool, durably.', schema: UploadAnswer } },
    problems: ['form-expected', ...giveProblems],
  },
  {
    method: 'GET',
    path: paths.download,
    name: 'download',
    about:
      'Draws and delivers in one: a random free gift, or any other gift with a ticket. It is gone from the pool. Where it can be resumed stands in Content-Location. HEAD, prefetches, embedding and (without a ticket) Range take nothing.',
    ticket: 'optional',
    listens: giverHeader,
    answers: { 200: file, 206: { ...file, about: 'A part of it, with a ticket.' }, 307: elsewhere },
    problems: [
      'pool-empty',
      'free-draws-off',
      'range-refused',
      'range-unsatisfiable',
      ...ticketProblems,
      ...guardProblems,
      'too-many-requests',
      'storage-failing',
    ],
  },
  {
    method: 'HEAD',
    path: paths.download,
    name: 'peek',
    about: 'Whether a draw without a ticket would take something; takes nothing.',
    answers: { 200: { about: 'There is a free gift.' } },
    problems: ['pool-empty', 'free-draws-off'],
  },
  {
    method: 'POST',
    path: paths.exchange,
    name: 'exchange',
    about:
      'Gives a file and draws one. The body is a form with the field "file", or the bytes themselves with their name in Content-Disposition or ?name=.',
    takes: 'form or bytes',
    listens: {
      ...giverHeader,
      'Idempotency-Key':
        'A secret of 22 to 128 random characters (A–Z, a–z, 0–9, - and _) made for this gift. Sent again with the same file after a lost connection, it answers as the first time would have, with the same ticket and the same giver: the gift is never doubled.',
      Accept: 'application/json: answers 201 with the ticket, and draws nothing.',
    },
    answers: {
      200: {
        ...file,
        about:
          "The answer is the stranger's file. Exchange-Ticket and Content-Location say where it can be resumed.",
      },
      201: { about: 'Given; the ticket is yours to draw with.', schema: ExchangeAnswer },
      202: {
        about:
          "Given, but nobody else's file is there yet: the ticket waits. `curl -OJ` saves it as ticket-….json.",
        schema: ExchangeAnswer,
      },
      303: elsewhere,
    },
    problems: [
      'form-expected',
      ...giveProblems,
      'key-broken',
      'key-reused',
      'ticket-spent',
      'ticket-withdrawn',
      'ticket-expired',
    ],
  },
  {
    method: 'POST',
    path: paths.draws,
    name: 'draw',
    about: 'Draws with a ticket. The same ticket asked again answers the same delivery.',
    ticket: 'needed',
    listens: {
      Prefer: 'wait=30: holds the answer open until something is there, at most 60 seconds.',
    },
    answers: { 201: { about: 'Drawn: fetch the bytes at delivery.url.', schema: DrawAnswer } },
    problems: ['ticket-missing', 'pool-empty', ...ticketProblems, 'too-many-requests'],
  },
  {
    method: 'GET',
    path: paths.delivery,
    name: 'delivery',
    about:
      'The bytes of a delivery: resumable with Range, repeatable until the lease ends. Or its facts as JSON, which changes nothing.',
    listens: {
      Range: 'bytes=1000-: one range.',
      'If-Range': 'The ETag of an earlier answer.',
      Accept: 'application/json: answers what the file is instead of the file.',
    },
    answers: {
      200: {
        ...file,
        about: "A stranger's file, as an attachment; or what it is, as JSON.",
        schema: DrawAnswer,
      },
      206: { ...file, about: 'A part of it.' },
      307: elsewhere,
    },
    problems: [
      'delivery-unknown',
      'delivery-over',
      'gift-damaged',
      'range-unsatisfiable',
      ...guardProblems,
      'storage-failing',
    ],
  },
  {
    method: 'HEAD',
    path: paths.delivery,
    name: 'deliveryFacts',
    about: 'The same without the bytes; changes nothing.',
    answers: { 200: { about: 'Size, name and ETag in the headers.' } },
    problems: ['delivery-unknown', 'delivery-over', 'gift-damaged'],
  },
  {
    method: 'POST',
    path: paths.received,
    name: 'received',
    about: '"I have it": makes the delivery final at once. Saying it again is fine.',
    answers: { 204: { about: 'Noted.' } },
    problems: ['delivery-unknown', 'delivery-over', 'gift-damaged'],
  },
  {
    method: 'POST',
    path: paths.thanks,
    name: 'thanks',
    about: `Says one of ${thanks.join(' ')} to the giver, who sees it with the ticket: anonymous, and saying another replaces it. Possible as soon as there is a delivery, and long after its bytes are gone; a delivery that lapses takes its thanks along.`,
    body: ThanksBody,
    answers: { 204: { about: 'Said.' } },
    problems: ['thanks-unknown', ...replyProblems],
  },
  {
    method: 'POST',
    path: paths.report,
    name: 'report',
    about: `Reports the file to the operator as one of ${reportReasons.join(', ')}: it leaves circulation, and its bytes are kept for a while to be looked at. Makes the delivery final. Possible as soon as there is a delivery, when it has lapsed, and long after its bytes are gone; reporting again replaces the report.`,
    body: ReportBody,
    answers: { 204: { about: 'Reported.' } },
    problems: ['report-broken', ...replyProblems],
  },
  {
    method: 'GET',
    path: paths.ticket,
    name: 'ticket',
    about: 'What became of a gift, and of the draw it earned.',
    answers: { 200: { about: 'Both.', schema: TicketStatus } },
    problems: ['ticket-unknown'],
  },
  {
    method: 'DELETE',
    path: paths.ticket,
    name: 'withdraw',
    about: 'Takes a gift back while nobody has drawn it, and its ticket with it.',
    answers: { 204: { about: 'It is yours alone again.' } },
    problems: ['ticket-unknown', 'ticket-expired', 'gift-drawn', 'draw-made'],
  },
  {
    method: 'GET',
    path: paths.poolEvents,
    name: 'poolEvents',
    about: 'Live statistics: an event "stats" now and at each change, a few a second at most.',
    answers: { 200: events },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.ticketEvents,
    name: 'ticketEvents',
    about:
      'Live news of a ticket: an event "ticket" with its status now and at each change ("ready": yours is there; fate "landed": your gift has arrived).',
    answers: { 200: events },
    problems: ['ticket-unknown'],
  },
  {
    method: 'GET',
    path: paths.live,
    name: 'live',
    about: 'Whether the process answers.',
    answers: { 200: { about: 'It does.', schema: HealthSchema } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.ready,
    name: 'ready',
    about: 'Whether gifts can be kept safely right now: ledger and vault are tried.',
    answers: {
      200: { about: 'They can.', schema: HealthSchema },
      503: { about: 'They cannot.', schema: HealthSchema },
    },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.metrics,
    name: 'metrics',
    about:
      'How the exchange is doing, for Prometheus. Only where the operator switched it on, and only for who may know.',
    listens: {
      Authorization: 'Bearer, and the METRICS_TOKEN of the operator, where there is one.',
    },
    answers: {
      200: { about: 'The metrics.', type: 'text/plain' },
    },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.openapi,
    name: 'openapi',
    about: 'This contract as OpenAPI 3.1.',
    answers: { 200: { about: 'The document.', type: 'application/json' } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.docs,
    name: 'docs',
    about: 'This contract for people, as Markdown.',
    answers: { 200: { about: 'The page.', type: 'text/markdown' } },
    problems: [],
  },
  {
    method: 'GET',
    path: paths.docsPage,
    name: 'docsPage',
    about: 'More documentation: `problems`, the table of all refusals.',
    answers: { 200: { about: 'The page.', type: 'text/markdown' } },
    problems: ['not-found'],
  },
  {
    method: 'GET',
    path: paths.robots,
    name: 'robots',
    about: 'Keeps crawlers away from the API.',
    answers: { 200: { about: 'The rules.', type: 'text/plain' } },
    problems: [],
  },
] as const satisfies readonly Endpoint[];

export type EndpointName = (typeof endpoints)[number]['name'];

/** The entry of an endpoint; what the server registers is what the table says. */
export function endpoint(name: EndpointName): Endpoint {
  const found = endpoints.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no endpoint ${name}`);
  return found;
}
