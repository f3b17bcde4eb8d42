/** Reads what came back over a connection, strictly: whatever is asked, the answer has to be HTTP. */
import { endpoints } from '../../src/contract/api/endpoints.ts';
import { problems } from '../../src/contract/problems/codes.ts';
import type { ProblemBody } from '../../src/contract/problems/problem.ts';

export interface StrictResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Latin-1. */
  readonly body: string;
  /** Whether the connection ended before the answer did. */
  readonly cut: boolean;
}

export class MalformedResponse extends Error {
  override readonly name = 'Malformed';
}

const statusLine = /^HTTP\/1\.1 ([1-5]\d\d) [\x20-\x7e]*$/;
const headerLine = /^([\w!#$%&'*+.^`|~-]+): ?([\x20-\x7e\x80-\xff\t]*)$/;

/** All answers in what came, in order. Throws `Malformed`. */
export function parseResponses(came: string, asked: string): StrictResponse[] {
  const answers: StrictResponse[] = [];
  for (let rest = came; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0)
      throw new MalformedResponse(`no end of headers: ${JSON.stringify(rest.slice(0, 200))}`);
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(statusLine.exec(first)?.[1]);
    if (!status)
      throw new MalformedResponse(`no status line: ${JSON.stringify(first.slice(0, 200))}`);
    const headers = headersOf(lines);
    const [length, body, cut] = bodyOf(rest.slice(end + 4), status, headers, asked);
    if (status >= 200) answers.push({ status, headers, body, cut });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = headerLine.exec(line) ?? [];
    if (name === undefined) throw new MalformedResponse(`no header: ${JSON.stringify(line)}`);
    headers.set(name.toLowerCase(), value);
  }
  return headers;
}

type Body = [length: number, body: string, cut: boolean];

function bodyOf(
  rest: string,
  status: number,
  headers: ReadonlyMap<string, string>,
  asked: string,
): Body {
  if (status < 200 || status === 204 || status === 304) return [0, '', false];
  // Answers to HEAD have none; after a mutation nobody can say which request an answer belongs to.
  if (/HEAD /.test(asked) && /^(?:HTTP\/1\.1 |$)/.test(rest)) return [0, '', false];
  if (headers.get('transfer-encoding') === 'chunked') return chunksOf(rest);
  const announced = headers.get('content-length');
  if (announced === undefined) return [rest.length, rest, false];
  if (!/^\d+$/.test(announced)) throw new MalformedResponse(`content-length: ${announced}`);
  const length = Math.min(Number(announced), rest.length);
  return [length, rest.slice(0, length), length < Number(announced)];
}

function chunksOf(rest: string): Body {
  let body = '';
  for (let at = 0; ; ) {
    const [line, size] = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at, at + 20)) ?? [];
    if (line === undefined || size === undefined) {
      if (rest.length - at > 10) throw new MalformedResponse('no chunk size');
      return [rest.length, body, true];
    }
    at += line.length;
    const bytes = Number.parseInt(size, 16);
    body += rest.slice(at, at + bytes);
    at += bytes;
    if (rest.length < at + 2) return [rest.length, body, true];
    if (rest.slice(at, at + 2) !== '\r\n') throw new MalformedResponse('no end of a chunk');
    at += 2;
    if (bytes === 0) return [at, body, false];
  }
}

/** The codes of problems that tell of a failure of ours, which no request may bring about. */
const ours = new Set(['unexpected', 'storage-failing', 'storage-full']);

/** Answered by the contract's table, by Node.js itself before anything of ours runs, or by the file server. */
const known = new Set([
  ...endpoints.flatMap((one) => Object.keys(one.answers).map(Number)),
  ...Object.values(problems).map(({ status }) => status),
  ...[301, 304, 417, 431],
]);

/** What is wrong with an answer, if anything. */
export function faultOf({ status, headers, body, cut }: StrictResponse): string | undefined {
  if (status >= 500 && status !== 503) return `answered ${status}: ${body.slice(0, 300)}`;
  if (!known.has(status)) return `answered ${status}, which nobody knows`;
  if (status < 400 || cut || body === '') return undefined;
  if (!headers.get('content-type')?.startsWith('application/problem+json'))
    return `refused with ${status} and no problem: ${body.slice(0, 300)}`;
  return faultOfProblem(body, status);
}

function faultOfProblem(body: string, status: number): string | undefined {
  const { type = '', status: said } = JSON.parse(
    Buffer.from(body, 'latin1').toString(),
  ) as Partial<ProblemBody>;
  const code = type.replace('/docs/problems#', '');
  if (!Object.hasOwn(problems, code)) return `a problem that nobody knows: ${type}`;
  if (said !== status) return `says ${said} in an answer of ${status}`;
  return ours.has(code) ? `answered ${code}` : undefined;
}
