/**
 * A refused request, such as `new Problem('ticket-spent')`. On the wire it is RFC 9457 `application/problem+json`, with an
 * additional `error` sentence for clients of the first version.
 */
import { type ProblemCode, problems } from './codes.ts';
import { isReason, type RejectionReason, reasonSentence } from './rejection-reasons.ts';

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
  readonly retryAfter?: number | undefined;
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
