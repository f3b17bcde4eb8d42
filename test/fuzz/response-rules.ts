/**
 * The rules for every response to a fuzzed request: it is HTTP, and its status and problem are in the contract.
 */
import { endpoints } from '../../src/contract/api/endpoints.ts';
import { problems } from '../../src/contract/problems/codes.ts';
import type { ProblemBody } from '../../src/contract/problems/problem.ts';
import { createResponseReader, type HttpResponse, parseHeaders } from '../clients/response-reader.ts';

/** All final responses in `received`, in order. Throws `MalformedResponse`. */
export function parseResponses(received: string, sent: string): HttpResponse[] {
  const responses: HttpResponse[] = [];
  // After a mutation any response may belong to a HEAD request.
  const omitsBody = (following: Buffer) =>
    /HEAD /.test(sent) && /^(?:HTTP\/1\.1 |$)/.test(following.toString('latin1', 0, 9));
  const reader = createResponseReader({ maxBody: Number.POSITIVE_INFINITY, isStrict: true, omitsBody }, (response) =>
    responses.push(response),
  );
  reader.read(Buffer.from(received, 'latin1'));
  const last = reader.end();
  if (last) responses.push(last);
  return responses;
}

/** Problem codes of failures of the service, which no request may cause. */
const ours = new Set(['unexpected', 'storage-failing', 'storage-full']);

/** Statuses of the contract, of Node.js's own parser, and of the file server. */
const known = new Set([
  ...endpoints.flatMap((one) => Object.keys(one.answers).map(Number)),
  ...Object.values(problems).map(({ status }) => status),
  ...[301, 304, 431],
]);

/** The fault of a response, if it has one. */
export function faultOf({ status, head, body, isCut }: HttpResponse): string | undefined {
  if (status >= 500 && status !== 503) return `answered ${status}: ${body.slice(0, 300)}`;
  if (!known.has(status)) return `answered ${status}, which nobody knows`;
  if (status < 400 || isCut || body === '') return undefined;
  if (!parseHeaders(head).get('content-type')?.startsWith('application/problem+json'))
    return `refused with ${status} and no problem: ${body.slice(0, 300)}`;
  return faultOfProblem(body, status);
}

function faultOfProblem(body: string, status: number): string | undefined {
  const { type = '', status: statusInBody } = JSON.parse(
    Buffer.from(body, 'latin1').toString(),
  ) as Partial<ProblemBody>;
  const code = type.replace('/docs/problems#', '');
  if (!Object.hasOwn(problems, code)) return `a problem that nobody knows: ${type}`;
  if (statusInBody !== status) return `says ${statusInBody} in an answer of ${status}`;
  return ours.has(code) ? `answered ${code}` : undefined;
}
