/** The documentation pages that are made of the contract. */
import { type Endpoint, endpoints } from '../api/endpoints.ts';
import { problems } from '../problems/codes.ts';
import { rejectionReasons } from '../problems/rejection-reasons.ts';

const row = (...cells: readonly (string | number)[]) =>
  `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');

/** `docs/api.md`: every address, what it takes, answers and refuses. */
export function apiPage(): string {
  const sections = (endpoints as readonly Endpoint[]).map((endpoint) => {
    const parts = [`## \`${endpoint.method} ${endpoint.path}\``, endpoint.about];
    if (endpoint.ticket)
      parts.push(`Ticket: ${endpoint.ticket} (\`Authorization: Bearer <ticket>\`).`);
    if (endpoint.takes)
      parts.push(
        `Takes: ${endpoint.takes === 'form' ? 'multipart/form-data, field `file`' : 'multipart/form-data with the field `file`, or the bytes'}.`,
      );
    if (endpoint.body) parts.push(`Takes: JSON ${fields(endpoint.body)}.`);
    for (const [name, about] of Object.entries(endpoint.listens ?? {}))
      parts.push(`\`${name}\`: ${about}`);
    const answers = Object.entries(endpoint.answers).map(([status, answer]) => [
      status,
      answer.about + (answer.schema ? ` ${fields(answer.schema)}` : ''),
    ]);
    const refusals = endpoint.problems.map((code) => [
      problems[code].status,
      `[${code}](problems.md#${code})`,
    ]);
    return [...parts, table(['status', 'answer'], [...answers, ...refusals])].join('\n\n');
  });
  return [
    '# The HTTP contract',
    'Made of `src/contract/api/endpoints.ts` by `npm run docs`. JSON is in `snake_case`; refusals are [problems](problems.md). The same contract is at `/openapi.json` on a running service.',
    ...sections,
    '',
  ].join('\n\n');
}

function fields(schema: object): string {
  const { properties = {} } = schema as { properties?: Record<string, { properties?: object }> };
  const names = Object.entries(properties).map(([name, inner]) =>
    inner.properties ? `${name}: {${Object.keys(inner.properties).join(', ')}}` : name,
  );
  return `\`{${names.join(', ')}}\``;
}

/** `docs/problems.md`: every refusal, its status and its advice. */
export function problemsPage(): string {
  const rows = Object.entries(problems).map(([code, { status, title, advice }]) => [
    `<a id="${code}"></a>\`${code}\``,
    status,
    title,
    advice,
  ]);
  const causes = Object.entries(rejectionReasons).map(([reason, { of, sentence }]) => [
    `[${of}](#${of})`,
    `\`${reason}\``,
    sentence,
  ]);
  return [
    '# Problems',
    'Made of `src/contract/problems/problem.ts` by `npm run docs`. A refused request is answered with `application/problem+json` (RFC 9457): `type` (its last part is the code below), `title`, `status`, `detail`, and `error`, the same sentence for clients of the first version.',
    table(['code', 'status', 'title', 'what it means'], rows),
    '## Reasons',
    'Where a problem has several causes, `reason` says which it was, `error` and `detail` are its sentence, and what the sentence holds is there as data: `limit` in bytes for `too-large`, `extension` for `program-name`. Translate the codes; more may follow, and the sentence is there for those you do not know. Made of `src/contract/problems/rejection-reasons.ts`.',
    table(['problem', 'reason', 'sentence'], causes),
    '',
  ].join('\n\n');
}
