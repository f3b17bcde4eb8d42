/** Documentation pages generated from the contract. */
import { type Endpoint, ticketHeaders } from '../api/endpoint.ts';
import { endpoints } from '../api/endpoints.ts';
import { operationsEndpoints } from '../api/operations-endpoints.ts';
import { currentTicket, paths } from '../api/paths.ts';
import { problems } from '../problems/codes.ts';
import { programAdvice, rejectionReasons } from '../problems/rejection-reasons.ts';

const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join('\n');

const ticketUse = {
  needed: `Ticket: needed (${ticketHeaders}).`,
  optional: `Ticket: optional (${ticketHeaders}).`,
  'in path': `Ticket: in the path, or \`${currentTicket}\` in the path and the ticket in ${ticketHeaders}, which proxies do not log.`,
} as const;

const accountUse = {
  needed: 'Account: needed (the session cookie that a sign-in sets).',
  optional: 'Account: optional (the session cookie), unless `ACCOUNTS` is `required`.',
} as const;

/** `docs/guide/api.md`: all endpoints without a page of their own, with requests, responses and problems. */
const apiPage = (): string =>
  contractPage(
    'The HTTP contract',
    'JSON fields are in `snake_case`. Refused requests are answered with a [problem](problems.md). A running service serves the same contract at `/openapi.json`. [Rooms](room-api.md), [accounts](account-api.md), [the desk](desk-api.md) and [operations](operations-api.md) have pages of their own.',
    endpoints.filter(({ path }) => ![isOfAccounts, isOfRooms, isOfDesk, isOfOperations].some((isOf) => isOf(path))),
  );

const isOfAccounts = (path: string) => path.startsWith(paths.account);
const isOfRooms = (path: string) => path.startsWith(paths.rooms);
const isOfOperations = (path: string) => operationsEndpoints.some((one) => one.path === path);

/** `docs/guide/room-api.md`: the endpoints of rooms. */
const roomApiPage = (): string =>
  contractPage(
    'The HTTP contract of rooms',
    'Files are given into a room and drawn from it by [the HTTP contract](api.md) with `Exchange-Room`; [rooms](rooms.md) says what they are for. Where `ROOMS` is `off`, all of these answer 404 ([rooms-off](problems.md#rooms-off)).',
    endpoints.filter(({ path }) => isOfRooms(path)),
  );

/** `docs/guide/operations-api.md`: the endpoints for operators and developers. */
const operationsApiPage = (): string =>
  contractPage(
    'The HTTP contract of operations',
    'Health, metrics and documents. The rest is in [the HTTP contract](api.md).',
    operationsEndpoints,
  );

/** `docs/guide/account-api.md`: the endpoints of accounts. */
const accountApiPage = (): string =>
  contractPage(
    'The HTTP contract of accounts',
    'The rest is in [the HTTP contract](api.md); [accounts](accounts.md) says what they are for. Where `ACCOUNTS` is `off`, all of these answer 404 ([accounts-off](problems.md#accounts-off)). Sessions are cookies, which pages of other origins cannot use.',
    endpoints.filter(({ path }) => isOfAccounts(path)),
  );

/** True for the paths of the desk, and for appeals, which it answers. */
const isOfDesk = (path: string) => path.startsWith('/api/admin/') || path === paths.deskPage || path === paths.appeal;

/** `docs/guide/desk-api.md`: the endpoints of the desk. */
const deskApiPage = (): string =>
  contractPage(
    'The HTTP contract of the desk and of appeals',
    'The rest is in [the HTTP contract](api.md); [the desk](desk.md) says what decisions do. Without `ADMIN_TOKEN`, or with another token, all below `/api/admin` answer 404 ([not-found](problems.md#not-found)).',
    endpoints.filter(({ path }) => isOfDesk(path)),
  );

function contractPage(title: string, about: string, listed: readonly Endpoint[]): string {
  const generated = 'Generated from `src/contract/api/` by `npm run docs`.';
  return [`# ${title}`, `${generated} ${about}`, ...listed.map(endpointSection), ''].join('\n\n');
}

function endpointSection(endpoint: Endpoint): string {
  const parts = [`## \`${endpoint.method} ${endpoint.path}\``, endpoint.summary];
  if (endpoint.ticket) parts.push(ticketUse[endpoint.ticket]);
  if (endpoint.account) parts.push(accountUse[endpoint.account]);
  if (endpoint.upload)
    parts.push(
      `Body: ${endpoint.upload === 'form' ? 'multipart/form-data, field `file`' : 'multipart/form-data with the field `file`, or the raw bytes'}.`,
    );
  if (endpoint.body) parts.push(`Body: JSON ${fields(endpoint.body)}.`);
  for (const [name, description] of Object.entries(endpoint.query ?? {})) parts.push(`\`?${name}=\`: ${description}`);
  for (const [name, description] of Object.entries(endpoint.headers ?? {})) parts.push(`\`${name}\`: ${description}`);
  const answers = Object.entries(endpoint.answers).map(
    ([status, answer]) => `${status}: ${answer.description}${answer.schema ? ` ${fields(answer.schema)}` : ''}`,
  );
  return [...parts, list([...answers, ...refusals(endpoint)])].join('\n\n');
}

/** An item for each status that an endpoint refuses with, in ascending order. */
function refusals(endpoint: Endpoint): string[] {
  const byStatus = Map.groupBy(endpoint.problems, (code) => problems[code].status);
  return [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([status, codes]) => {
      const links = codes.map((code) => `[${code}](problems.md#${code})`);
      return `${status}: ${links.join(', ')}`;
    });
}

function fields(schema: object): string {
  const { properties = {} } = schema as { properties?: Record<string, { properties?: object }> };
  const names = Object.entries(properties).map(([name, inner]) =>
    inner.properties ? `${name}: {${Object.keys(inner.properties).join(', ')}}` : name,
  );
  return `\`{${names.join(', ')}}\``;
}

/** `docs/guide/problems.md`: all problems with status and advice. */
function problemsPage(): string {
  const sections = Object.entries(problems).map(([code, { status, title, advice }]) => {
    const hasReasons = Object.values(rejectionReasons).some(({ of }) => of === code);
    const more = hasReasons ? ` [Reasons](reasons.md#${code}).` : '';
    return [`## ${code}`, `**${status} ${title}.** ${advice}${more}`].join('\n\n');
  });
  return [
    '# Problems',
    'Generated from `src/contract/problems/codes.ts` by `npm run docs`. A refused request is answered with `application/problem+json` (RFC 9457): `type` (it ends with the code below), `title`, `status`, `detail`, and `error`, which repeats `detail` for clients of the first version. Translate by code, and show the sentence of unknown codes, since new ones may be added.',
    ...sections,
    '',
  ].join('\n\n');
}

/** `docs/guide/reasons.md`: the reasons of problems with several causes. */
function reasonsPage(): string {
  const byProblem = Map.groupBy(Object.entries(rejectionReasons), ([, { of }]): string => of);
  const sections = [...byProblem].map(([code, reasons]) =>
    [
      `## ${code}`,
      list(reasons.map(([reason, { sentence }]) => `\`${reason}\`: ${sentence.replace(programAdvice, '…')}`)),
    ].join('\n\n'),
  );
  return [
    '# Reasons of problems',
    `Generated from \`src/contract/problems/rejection-reasons.ts\` by \`npm run docs\`. A [problem](problems.md) with several causes has the field \`reason\`, one of the codes below; \`error\` and \`detail\` are its sentence. Values in the sentence are also fields: \`limit\` in bytes for \`too-large\`, \`extension\` for \`program-name\`. Here … stands for "${programAdvice}"`,
    ...sections,
    '',
  ].join('\n\n');
}

/** The pages by name: `docs/guide/NAME.md` in the repository, `/docs/NAME` on a running service. */
export const contractPages: Readonly<Record<string, string>> = {
  api: apiPage(),
  'account-api': accountApiPage(),
  'room-api': roomApiPage(),
  'desk-api': deskApiPage(),
  'operations-api': operationsApiPage(),
  problems: problemsPage(),
  reasons: reasonsPage(),
};
