/**
 * A refused request, such as `new Problem('ticket-spent')`. On the wire it is RFC 9457 `application/problem+json`, with an
 * additional `error` sentence for clients of the first version.
 */
import { type ProblemCode, problems } from './codes.ts';
import { isReason, type RejectionReason, reasonSentence } from './rejection-reasons.ts';

/** Details for clients that write their own sentences. */
export interface ProblemFacts {
  /** The specific cause, for codes with several. */
  readonly reason?: RejectionReason;
  /** Maximum file size in bytes, for `too-large`. */
  readonly limit?: number;
  /** The extension of a program, for `program-name`. */
  readonly extension?: string;
  /** When a round is drawn, for `round-not-drawn`. */
  readonly opens_at?: string;
}

/** The JSON body of a refused request. */
export interface ProblemBody extends ProblemFacts {
  type: string;
  title: string;
  status: number;
  detail: string;
  error: string;
  /** Seconds to wait, equal to the Retry-After header. */
  retry_after?: number;
}

/** The type of a problem ends with this and its code. */
const typeMark = '/docs/problems#';

interface ProblemOptions extends ProblemFacts {
  readonly detail?: string;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
  /** The status of an answer without our code, such as a proxy's own. */
  readonly status?: number;
}

/** An error with a code of the table. The sentence is `detail`, else that of the reason, else the advice of the table. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly facts: ProblemFacts;

  constructor(code: ProblemCode, { detail, retryAfter, cause, status, ...facts }: ProblemOptions = {}) {
    const { reason, extension } = facts;
    const sentence = reason === undefined ? undefined : reasonSentence(reason, extension);
    super(detail ?? sentence ?? problems[code].advice, { cause });
    this.code = code;
    this.status = status ?? problems[code].status;
    this.retryAfter = retryAfter;
    this.facts = facts;
  }

  /** True for a refusal by something between client and service, such as a proxy or the sign-in page of a network. */
  get isFromBetween(): boolean {
    return this.code === 'unexpected' && this.status < problems.unexpected.status;
  }

  /** The body as a service below `basePath` sends it. */
  body(basePath = ''): ProblemBody {
    return {
      type: basePath + typeMark + this.code,
      title: problems[this.code].title,
      status: this.status,
      detail: this.message,
      error: this.message,
      ...(this.retryAfter === undefined ? {} : { retry_after: this.retryAfter }),
      ...this.facts,
    };
  }
}

/** An answer in the words of something between client and service: its status, text, and seconds to wait. */
interface ForeignAnswer extends Pick<ProblemOptions, 'status' | 'retryAfter'> {
  readonly text?: string;
}

/** The codes of refusals that proxies answer with pages of their own. */
const foreignCodes: Readonly<Record<number, ProblemCode>> = {
  408: 'too-slow',
  413: 'too-large',
  429: 'too-many-requests',
};

/** Parses the JSON body of a refused request; anything else is understood by its status, or is `unexpected`. */
export function problemFrom(body: unknown, { text, ...foreign }: ForeignAnswer = {}): Problem {
  const { type, detail, retry_after, reason, limit, extension, opens_at } = (body ?? {}) as Partial<ProblemBody>;
  const code = typeof type === 'string' ? (type.split(typeMark)[1] ?? '') : '';
  if (!Object.hasOwn(problems, code))
    return new Problem(foreignCodes[foreign.status ?? 0] ?? 'unexpected', { ...foreign, cause: text });
  return new Problem(code as ProblemCode, {
    ...(detail === undefined ? {} : { detail }),
    retryAfter: retry_after,
    // A newer server may send unknown reasons; `detail` holds their sentence.
    ...(isReason(reason) ? { reason } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(extension === undefined ? {} : { extension }),
    ...(opens_at === undefined ? {} : { opens_at }),
  });
}
