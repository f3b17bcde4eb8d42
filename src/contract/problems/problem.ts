import { maxNoteLength, reportReasons } from '../report-reasons.ts';
import { thanks } from '../thanks.ts';
import { isReason, type RejectionReason, reasonSentence } from './rejection-reasons.ts';

/**
 * Every way a request can be refused, declared once. The server throws `new Problem('ticket-spent')`, the docs are
 * generated from this table, and clients read the code back with `problemCode`.
 * The wire form is RFC 9457 `application/problem+json`, plus `error`: one plain sentence for clients of the first version.
 */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What happened and what to do about it, for a person. */
  readonly advice: string;
}

const kind = (status: number, title: string, advice: string): ProblemKind => ({
  status,
  title,
  advice,
});

export const problems = {
  'bad-request': kind(400, 'Bad request', 'The request could not be understood.'),
  'form-expected': kind(
    400,
    'A form is expected',
    'Send the file as multipart/form-data in the field "file".',
  ),
  'form-broken': kind(
    400,
    'The form is broken',
    'The multipart form could not be read to its end; nothing was kept. Send it again.',
  ),
  'field-missing': kind(
    400,
    'No file in the form',
    'The form has no file in the field "file"; nothing was kept.',
  ),
  'no-file-chosen': kind(
    400,
    'No file chosen',
    'The field "file" came without a file name; choose a file first.',
  ),
  'too-many-files': kind(
    400,
    'More than one file',
    'One file at a time, please; nothing was kept. Give each file on its own.',
  ),
  'file-empty': kind(
    400,
    'The file is empty',
    'The file has no bytes; a stranger would get nothing. Nothing was kept.',
  ),
  'upload-cut': kind(
    400,
    'The upload was cut',
    'The connection ended before the whole file was here; nothing was kept.',
  ),
  'key-broken': kind(
    400,
    'The key is broken',
    'An Idempotency-Key is 22 to 128 characters of A–Z, a–z, 0–9, - and _, made at random for one gift; nothing was kept.',
  ),
  'thanks-unknown': kind(
    400,
    'Unknown thanks',
    `Say thanks as {"emoji": "${thanks[0]}"} with one of ${thanks.join(' ')}; anything else is not passed on.`,
  ),
  'report-broken': kind(
    400,
    'The report is broken',
    `Report as {"reason": "${reportReasons[0]}"} with one of ${reportReasons.join(', ')}, and if you like a "note" of at most ${maxNoteLength} characters.`,
  ),
  'ticket-missing': kind(
    401,
    'A ticket is needed',
    'Send the ticket that your gift earned as "Authorization: Bearer <ticket>".',
  ),
  'embed-refused': kind(
    403,
    'Not as part of another page',
    'A draw takes a gift away for good, so it is refused to images, frames and scripts of other pages.',
  ),
  'free-draws-off': kind(
    403,
    'Give first',
    'This exchange gives nothing away without a ticket: give a file to earn one.',
  ),
  'not-found': kind(404, 'Not found', 'There is nothing at this address.'),
  'pool-empty': kind(
    404,
    'Nothing to draw yet',
    'There is no file for you in the pool yet. Try again later; a ticket stays good.',
  ),
  'ticket-unknown': kind(404, 'Unknown ticket', 'No such ticket was ever handed out here.'),
  'delivery-unknown': kind(
    404,
    'Unknown delivery',
    'There is no such delivery, or it ended long ago.',
  ),
  'method-not-allowed': kind(405, 'Method not allowed', 'This address does not take this method.'),
  'too-slow': kind(
    408,
    'Too slow',
    'Bytes came too slowly or not at all; nothing was kept. Try again on a better connection.',
  ),
  'gift-drawn': kind(
    409,
    'Already drawn',
    'Somebody has drawn your gift already, so it cannot be taken back. Your ticket is still good.',
  ),
  'draw-made': kind(
    409,
    'Your draw is made',
    'You have drawn a file for this gift, so the gift stays where it is.',
  ),
  'ticket-spent': kind(
    410,
    'Ticket spent',
    'This ticket has had its draw; give again for another.',
  ),
  'ticket-withdrawn': kind(
    410,
    'Ticket withdrawn',
    'The gift of this ticket was taken back, and the ticket with it.',
  ),
  'ticket-expired': kind(410, 'Ticket expired', 'This ticket waited too long; give again.'),
  'delivery-over': kind(
    410,
    'Delivery over',
    'The time for this delivery is over. If the file had not arrived, its ticket is good again: draw anew.',
  ),
  'gift-damaged': kind(
    410,
    'The file was damaged',
    'The file was damaged in our keeping and is not passed on. Your ticket is good again: draw anew.',
  ),
  'too-large': kind(
    413,
    'Too large',
    'The file is larger than this exchange takes; nothing was kept.',
  ),
  'executable-refused': kind(
    415,
    'Programs are refused',
    'That is a program. We do not pass programs on; nothing was kept.',
  ),
  'type-unknown': kind(
    415,
    'Unknown kind of file',
    'We could not tell what this file is. We take text, PDF, images, documents, audio, video, archives and code; nothing was kept.',
  ),
  'range-refused': kind(
    416,
    'No part of a draw',
    'A draw without a ticket is whole or nothing: leave out Range. To resume, use the Content-Location of the first answer.',
  ),
  'range-unsatisfiable': kind(416, 'No such part', 'The file has no bytes in that range.'),
  'key-reused': kind(
    422,
    'The key was used before',
    'Another gift came with this Idempotency-Key before; nothing was kept. Make a new key for each gift, and repeat it only with the same file and giver.',
  ),
  'too-many-requests': kind(
    429,
    'Too many requests',
    'You have done this very often in a short time. Wait as long as Retry-After says.',
  ),
  unexpected: kind(
    500,
    'Something went wrong',
    'Something went wrong on our side. It has been logged; try again in a moment.',
  ),
  'prefetch-refused': kind(
    503,
    'Not ahead of time',
    'A draw takes a gift away for good, so it is not done ahead of a click.',
  ),
  'storage-failing': kind(
    503,
    'Storage is failing',
    'We cannot keep files safely right now; nothing was kept. Try again later.',
  ),
  'storage-full': kind(
    507,
    'No room',
    'There is no room for more files right now; nothing was kept. Try again later.',
  ),
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problems;

/** What a client needs to know beyond the code to say it in words of its own. */
export interface ProblemFacts {
  /** Which of several causes it was. */
  readonly reason?: RejectionReason;
  /** The most bytes that a file may have, where it has more. */
  readonly limit?: number;
  /** What makes a name that of a program. */
  readonly extension?: string;
}

/** What a refused request is answered with, as JSON. */
export interface ProblemBody extends ProblemFacts {
  type: string;
  title: string;
  status: number;
  detail: string;
  error: string;
  /** Seconds to wait, where waiting helps; the same as the Retry-After header. */
  retry_after?: number;
}

const typePrefix = '/docs/problems#';

interface More extends ProblemFacts {
  readonly detail?: string;
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** A refusal with a code of the table above; a reason's sentence, or `detail`, replaces the table's advice. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly facts: ProblemFacts;

  constructor(code: ProblemCode, { detail, retryAfter, cause, ...facts }: More = {}) {
    const { reason, extension } = facts;
    const sentence = reason === undefined ? undefined : reasonSentence(reason, extension);
    super(detail ?? sentence ?? problems[code].advice, { cause });
    this.code = code;
    this.status = problems[code].status;
    this.retryAfter = retryAfter;
    this.facts = facts;
  }

  body(): ProblemBody {
    return {
      type: typePrefix + this.code,
      title: problems[this.code].title,
      status: this.status,
      detail: this.message,
      error: this.message,
      ...(this.retryAfter === undefined ? {} : { retry_after: this.retryAfter }),
      ...this.facts,
    };
  }
}

/** Rebuilds the problem that an answer's JSON body tells of; anything that is not one becomes `unexpected`. */
export function problemFrom(body: unknown): Problem {
  const { type, detail, retry_after, reason, limit, extension } = (body ??
    {}) as Partial<ProblemBody>;
  const code = typeof type === 'string' ? type.slice(typePrefix.length) : '';
  if (!Object.hasOwn(problems, code)) return new Problem('unexpected');
  return new Problem(code as ProblemCode, {
    ...(detail === undefined ? {} : { detail }),
    ...(retry_after === undefined ? {} : { retryAfter: retry_after }),
    // A newer service may give reasons that this client has not heard of; their sentence is in the detail.
    ...(isReason(reason) ? { reason } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(extension === undefined ? {} : { extension }),
  });
}
