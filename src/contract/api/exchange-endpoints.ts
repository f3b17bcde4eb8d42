/** Endpoints that give, draw and deliver. */
import { fileKinds, reportReasons, thanks } from '../vocabulary.ts';
import { type Endpoint, type EndpointAnswer, foreignProblems } from './endpoint.ts';
import {
  giveProblems,
  guardProblems,
  replyProblems,
  roomChoiceProblems,
  ticketProblems,
  whoProblems,
} from './exchange-problems.ts';
import { paths } from './paths.ts';
import { DrawAnswer, ExchangeAnswer, ReportBody, ThanksBody, UploadAnswer } from './schemas.ts';

const giverHeader = {
  'Exchange-Giver': 'Your giver ID from an earlier answer. You never receive a gift given with the same ID.',
};

const asInExchange = 'As in POST /api/exchange.';

const sameGiver = { 'Exchange-Giver': asInExchange };

const lifeHeader = {
  'Exchange-Expires':
    'A shorter life for the file and its ticket, of at least a minute: 90s, 45m, 12h, 3d or 2w, or a time such as 2026-12-24T18:00:00Z. A longer one than this exchange allows is cut to that, and the JSON says so (life_cut).',
};

const stripHeader = {
  'Exchange-Strip-Metadata':
    '1 removes what the file says about you: author, device, place, times, programs. The picture, sound or text stays as it is. A file that cannot be cleaned is refused. The JSON names what was removed (removed).',
};

const roomHeader = { 'Exchange-Room': asInExchange };
const roomQuery = { room: asInExchange };

const wishQuery = {
  kind: `The kinds to draw, separated by commas: ${fileKinds.join(', ')}; or any.`,
  match: 'kind: draws a file of the kind that was given.',
};

const file: EndpointAnswer = {
  description: "A stranger's file, as an attachment.",
  type: 'application/octet-stream',
};
const elsewhere: EndpointAnswer = {
  description:
    'Redirect to the file on another server (DELIVERY=redirect). The URL in Location is valid for a few minutes. Never sent to scripts of a page.',
};

export const exchangeEndpoints = [
  {
    method: 'POST',
    path: paths.upload,
    name: 'upload',
    summary: "Gives a file without earning a ticket. The file becomes a free gift. RateLimit tells today's budget.",
    upload: 'form',
    query: roomQuery,
    headers: {
      ...sameGiver,
      ...roomHeader,
      'Exchange-Expires': asInExchange,
      'Exchange-Strip-Metadata': asInExchange,
    },
    answers: {
      200: { description: 'The file is stored durably and in the pool.', schema: UploadAnswer },
    },
    problems: ['form-expected', 'life-broken', ...giveProblems],
  },
  {
    method: 'GET',
    path: paths.download,
    name: 'download',
    summary:
      'Draws a gift and delivers it: a random free gift, or with a ticket any gift of another giver. The gift leaves the pool. Content-Location is the URL to resume from. HEAD, prefetches, embedded and, without a ticket, Range requests draw nothing.',
    ticket: 'optional',
    account: 'optional',
    query: { kind: asInExchange, match: 'As in POST /api/exchange, only with a ticket.', ...roomQuery },
    headers: { ...sameGiver, ...roomHeader },
    answers: {
      200: file,
      206: { ...file, description: 'A part of the file; only with a ticket.' },
      307: elsewhere,
    },
    problems: [
      'kind-unknown',
      'pool-empty',
      'free-draws-off',
      ...roomChoiceProblems,
      'round-by-ticket',
      ...whoProblems,
      'range-refused',
      'range-unsatisfiable',
      ...ticketProblems,
      ...guardProblems,
      'too-many-requests',
      'too-many-at-once',
      'storage-failing',
    ],
  },
  {
    method: 'HEAD',
    path: paths.download,
    name: 'peek',
    summary: 'Tells whether a draw without a ticket would succeed. Draws nothing.',
    query: { kind: asInExchange, ...roomQuery },
    headers: roomHeader,
    answers: { 200: { description: 'A free gift is available.' } },
    problems: ['kind-unknown', 'pool-empty', 'free-draws-off', ...roomChoiceProblems, 'too-many-requests'],
  },
  {
    method: 'POST',
    path: paths.exchange,
    name: 'exchange',
    summary:
      'Gives a file and draws one. The body is a form with the field "file", or the raw bytes with the file name in Content-Disposition or ?name=.',
    upload: 'form or bytes',
    account: 'optional',
    query: { ...wishQuery, room: 'As Exchange-Room.' },
    headers: {
      'Exchange-Room': 'The code of a [room](rooms.md): gives into it, and draws from it.',
      ...giverHeader,
      ...lifeHeader,
      ...stripHeader,
      'Idempotency-Key':
        'A secret of 22 to 128 random characters (A–Z, a–z, 0–9, - and _), new for each gift. A retry with the same key, file and giver returns the first answer, with the same ticket, and never creates a second gift.',
      Accept: 'application/json: answers 201 with the ticket and draws nothing.',
    },
    answers: {
      200: {
        ...file,
        description:
          "A stranger's file. Content-Location is the URL to resume from; Exchange-Ticket is the ticket that was spent.",
      },
      201: {
        description: 'The gift is in the pool. Draw with the ticket; that of a round after opens_at.',
        schema: ExchangeAnswer,
      },
      202: {
        description:
          'The gift is in the pool, but there is no file for you yet: the ticket waits. `curl -OJ` saves the answer as ticket-….json.',
        schema: ExchangeAnswer,
      },
      303: elsewhere,
    },
    problems: [
      'form-expected',
      'kind-unknown',
      'life-broken',
      ...giveProblems,
      'key-broken',
      'key-reused',
      'ticket-spent',
      'ticket-withdrawn',
      'ticket-expired',
      'draw-delayed',
    ],
  },
  {
    method: 'GET',
    path: paths.exchange,
    name: 'given',
    summary: 'Tells the answer to the gift that came with a key, if that was lost. Changes nothing.',
    account: 'optional',
    headers: { ...sameGiver, 'Idempotency-Key': 'The key of the gift.' },
    answers: {
      200: { description: 'The gift was given, with this ticket.', schema: ExchangeAnswer },
      204: { description: 'No gift came with this key yet.' },
    },
    problems: [...whoProblems, 'key-broken', 'key-reused'],
  },
  {
    method: 'POST',
    path: paths.draws,
    name: 'draw',
    summary:
      'Draws with a ticket. Repeating the request returns the same delivery. A ticket keeps the kinds that it was earned with, or last drew with, until a draw names others: `kind=any` takes anything.',
    ticket: 'needed',
    query: { kind: asInExchange, match: asInExchange },
    headers: {
      Prefer:
        'wait=30: waits up to 30 seconds for a gift; 60 is the maximum. return=minimal: 204 in place of the problem pool-empty.',
    },
    answers: {
      201: {
        description: 'A gift is drawn. Fetch its bytes from delivery.url.',
        schema: DrawAnswer,
      },
      204: { description: 'No file for you yet, with return=minimal.' },
    },
    problems: [
      'ticket-missing',
      'kind-unknown',
      'pool-empty',
      ...ticketProblems,
      'too-many-at-once',
      ...foreignProblems,
    ],
  },
  {
    method: 'GET',
    path: paths.delivery,
    name: 'delivery',
    summary:
      'Sends the bytes of a delivery. Resume with Range, and repeat until the lease ends. With Accept: application/json, returns the metadata and changes nothing.',
    headers: {
      Range: 'bytes=1000-: a single range.',
      'If-Range': 'The ETag of an earlier response.',
      Accept: 'application/json: returns the metadata instead of the file.',
    },
    answers: {
      200: {
        ...file,
        description: "A stranger's file as an attachment, or its metadata as JSON.",
        schema: DrawAnswer,
      },
      206: { ...file, description: 'A part of the file.' },
      307: elsewhere,
    },
    problems: [
      'delivery-unknown',
      'delivery-over',
      'gift-damaged',
      'range-unsatisfiable',
      ...guardProblems,
      'too-many-at-once',
      'storage-failing',
    ],
  },
  {
    method: 'HEAD',
    path: paths.delivery,
    name: 'deliveryFacts',
    summary: 'Returns the headers without the bytes. Changes nothing.',
    answers: { 200: { description: 'Size, name and ETag are in the headers.' } },
    problems: ['delivery-unknown', 'delivery-over', 'gift-damaged'],
  },
  {
    method: 'POST',
    path: paths.received,
    name: 'received',
    summary:
      'Acknowledges that the file has arrived and completes the delivery at once, if every byte was sent. Idempotent.',
    answers: { 204: { description: 'The delivery is complete.' } },
    problems: ['delivery-unknown', 'bytes-missing', 'delivery-over', 'gift-damaged', ...foreignProblems],
  },
  {
    method: 'POST',
    path: paths.thanks,
    name: 'thanks',
    summary: `Thanks the giver anonymously with one of ${thanks.join(' ')}, shown with the status of the giver's ticket. Another thanks replaces it. Possible at any time; a delivery whose lease runs out loses its thanks.`,
    body: ThanksBody,
    answers: { 204: { description: 'The thanks is saved.' } },
    problems: ['thanks-unknown', ...replyProblems],
  },
  {
    method: 'POST',
    path: paths.report,
    name: 'report',
    summary: `Reports the file to the operator as one of ${reportReasons.join(', ')}. Its bytes are kept for review (REPORT_HOLD), and the delivery goes on. A file that several parties report leaves the pool until the operator has decided. Possible at any time. Another report replaces it.`,
    body: ReportBody,
    answers: { 204: { description: 'The report is saved. Exchange-Expires: until when it keeps the bytes.' } },
    problems: ['report-broken', ...replyProblems],
  },
] as const satisfies readonly Endpoint[];
