/** Endpoints for the history of an account. */
import { HistoryAnswer, TakeOverAnswer, TakeOverBody } from './account-schemas.ts';
import { type Endpoint, sessionProblems } from './endpoint.ts';
import { paths } from './paths.ts';

export const historyEndpoints = [
  {
    method: 'GET',
    path: paths.accountHistory,
    name: 'accountHistory',
    summary: 'The exchanges of the account and the fates of its gifts, the newest first.',
    account: 'needed',
    query: {
      text: 'A part of a file name, in any case.',
      kind: 'The kind of the file given or received, such as image.',
      direction: 'gave or received: only that side counts for text and kind, and must exist.',
      fate: 'Fate of the gift, such as waiting or landed.',
      limit: '1 to 100 entries; 50 by default.',
      before: 'The cursor `next` of the page before.',
    },
    answers: { 200: { description: 'A page of the history.', schema: HistoryAnswer } },
    problems: [...sessionProblems, 'bad-request'],
  },
  {
    method: 'POST',
    path: paths.accountHistory,
    name: 'takeOver',
    summary:
      'Takes what was given anonymously into the account: the exchanges of these tickets and deliveries, and the gifts of this giver, which the account then never draws. Each exchange belongs to one account.',
    account: 'needed',
    body: TakeOverBody,
    answers: { 200: { description: 'The numbers of entries.', schema: TakeOverAnswer } },
    problems: [...sessionProblems, 'too-many-requests', 'bad-request'],
  },
  {
    method: 'DELETE',
    path: paths.accountHistory,
    name: 'eraseHistory',
    summary: 'Erases the history of the account. Gifts and tickets stay as they are.',
    account: 'needed',
    answers: { 204: { description: 'The history is empty.' } },
    problems: sessionProblems,
  },
  {
    method: 'DELETE',
    path: paths.historyEntry,
    name: 'eraseEntry',
    summary: 'Erases one entry of the history.',
    account: 'needed',
    answers: { 204: { description: 'The entry is gone.' } },
    problems: [...sessionProblems, 'not-found'],
  },
  {
    method: 'GET',
    path: paths.accountHistoryTable,
    name: 'accountHistoryTable',
    summary: 'The whole history as a table.',
    account: 'needed',
    answers: { 200: { description: 'CSV (RFC 4180).', type: 'text/csv' } },
    problems: sessionProblems,
  },
] as const satisfies readonly Endpoint[];
