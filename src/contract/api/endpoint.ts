import type { TSchema } from 'typebox';
import type { ProblemCode } from '../problems/codes.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE';

/** One endpoint of the HTTP contract. The server takes its schemas from it; `/openapi.json` and `docs/guide/api.md` list it. */
export interface Endpoint {
  readonly method: Method;
  readonly path: string;
  /** Unique; the `operationId` in OpenAPI. */
  readonly name: string;
  readonly summary: string;
  /** Accepts a file, as multipart form or also as the raw body. */
  readonly upload?: 'form' | 'form or bytes';
  /** Schema of the JSON body. */
  readonly body?: TSchema;
  /** Use of the ticket in the headers, see `ticketHeaders`. */
  readonly ticket?: 'needed' | 'optional' | 'in path';
  /** Use of the session cookie of an account. */
  readonly account?: 'needed' | 'optional';
  /** Parameters in the query that change the result, with a description. */
  readonly query?: Readonly<Record<string, string>>;
  /** Request headers that change the result, with a description. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Successful responses by status. */
  readonly answers: Readonly<Record<number, EndpointAnswer>>;
  readonly problems: readonly ProblemCode[];
}

/** How a request names its ticket. */
export const ticketHeaders = '`Authorization: Bearer <ticket>` or `Exchange-Ticket: <ticket>`';

/** Problems of every request that changes something, if a page of another origin sends it. */
export const foreignProblems = ['embed-refused', 'too-many-requests'] as const satisfies readonly ProblemCode[];

/** Problems of every endpoint of accounts. */
export const accountProblems = ['accounts-off', 'embed-refused'] as const satisfies readonly ProblemCode[];

/** Problems of every endpoint that needs a session. */
export const sessionProblems = [
  ...accountProblems,
  'account-needed',
  'session-over',
] as const satisfies readonly ProblemCode[];

export interface EndpointAnswer {
  readonly description: string;
  readonly schema?: TSchema;
  /** Media type of a body that is not JSON. With a schema as well, the request's `Accept` header decides. */
  readonly type?: string;
}
