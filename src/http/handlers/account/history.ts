/** The history of an account. */
import type { AccountEntry, HistoryFilter } from '../../../accounts/accounts.ts';
import {
  type HistoryAnswer,
  type HistoryItem,
  type TakeOverAnswer,
  TakeOverBody,
} from '../../../contract/api/account-schemas.ts';
import { csvOf, fileCells, fileColumns } from '../../../contract/csv.ts';
import { Problem } from '../../../contract/problems/problem.ts';
import { fileKinds, hourOf } from '../../../contract/vocabulary.ts';
import type { HttpRequest } from '../../context.ts';
import { neededAccount } from '../../limits/account-guard.ts';
import { readBody } from '../../request/json-body.ts';
import { fates, giftAnswer, instant } from '../../response/serializers.ts';
import type { AccountHandler } from './sign-in.ts';

/** An entry as JSON. As in a delivery, the giver of a received file is told by the hour only. */
export function historyAnswer({ key, beganAt, facts }: AccountEntry): HistoryItem {
  const { gave, received, state, expiresAt } = facts;
  return {
    id: key,
    at: instant(beganAt),
    ...(gave && {
      gave: { ...giftAnswer(gave), fate: fates[gave.state], ...(gave.thanks === null ? {} : { thanks: gave.thanks }) },
    }),
    ...(received && {
      received: {
        ...giftAnswer({ ...received, givenAt: hourOf(received.givenAt) }),
        ...(received.receivedAt === null ? {} : { received_at: instant(received.receivedAt) }),
        ...(received.thanks === null ? {} : { thanks: received.thanks }),
        reported: received.isReported,
      },
    }),
    ...(state && { state }),
    ...(expiresAt === undefined ? {} : { expires_at: instant(expiresAt) }),
  };
}

/** `GET /api/account/history` */
export const getHistory: AccountHandler = async (context, accounts, request, reply): Promise<HistoryAnswer> => {
  const session = await neededAccount(context, accounts, request, reply);
  const { filter, before, limit } = pageOf(request);
  const { entries, next } = await accounts.history.read(session, filter, before, limit);
  return { entries: entries.map(historyAnswer), ...(next === undefined ? {} : { next }) };
};

const defaultLimit = 50;
const maxLimit = 100;

/** The page that a query asks for. Throws `bad-request` for what it does not know. */
function pageOf({ query }: HttpRequest) {
  const asked = query as Partial<Record<string, string>>;
  const oneOf = <T extends string>(name: string, known: readonly T[]): T | undefined => {
    const value = asked[name];
    if (value === undefined || value === '') return undefined;
    const found = known.find((one) => one === value);
    if (found === undefined) throw new Problem('bad-request', { detail: `${name} is one of ${known.join(', ')}.` });
    return found;
  };
  const number = (name: string, max: number): number | undefined => {
    const value = asked[name];
    if (value === undefined) return undefined;
    if (!/^\d{1,15}$/.test(value) || Number(value) < 1 || Number(value) > max)
      throw new Problem('bad-request', { detail: `${name} is a number from 1 to ${max}.` });
    return Number(value);
  };
  const fate = oneOf('fate', Object.values(fates));
  const filter: HistoryFilter = {
    text: typeof asked.text === 'string' && asked.text !== '' ? asked.text : undefined,
    kind: oneOf('kind', fileKinds),
    direction: oneOf('direction', ['gave', 'received']),
    state: Object.entries(fates).find(([, name]) => name === fate)?.[0],
  };
  const limit = number('limit', maxLimit) ?? defaultLimit;
  return { filter, before: number('before', Number.MAX_SAFE_INTEGER), limit };
}

/** `POST /api/account/history` */
export const postHistory: AccountHandler = async (context, accounts, request, reply): Promise<TakeOverAnswer> => {
  const session = await neededAccount(context, accounts, request, reply);
  context.limits.replies.take(request);
  const { giver, tickets, deliveries } = await readBody(request, context.settings, TakeOverBody, 'bad-request');
  const taken = await accounts.history.takeOver(session, giver, tickets, deliveries);
  return { giver: session.giver, ...taken };
};

/** `DELETE /api/account/history` */
export const deleteHistory: AccountHandler = async (context, accounts, request, reply) => {
  await accounts.history.erase(await neededAccount(context, accounts, request, reply));
  return reply.code(204).send();
};

/** `DELETE /api/account/history/{entry}` */
export const deleteHistoryEntry: AccountHandler = async (context, accounts, request, reply) => {
  await accounts.history.erase(await neededAccount(context, accounts, request, reply), request.params.entry);
  return reply.code(204).send();
};

const columns = [
  'began',
  ...fileColumns('gave'),
  'gave_fate',
  'gave_thanks',
  ...fileColumns('received'),
  'received_at',
  'received_thanks',
  'received_reported',
  'state',
] as const;

/** `GET /api/account/history.csv` */
export const getHistoryTable: AccountHandler = async (context, accounts, request, reply) => {
  const session = await neededAccount(context, accounts, request, reply);
  const rows = [];
  for await (const entry of accounts.history.all(session)) rows.push(rowOf(historyAnswer(entry)));
  reply.header('content-disposition', 'attachment; filename="my-account-history.csv"');
  return reply.type('text/csv; charset=utf-8').send(csvOf(columns, rows));
};

const rowOf = ({
  at,
  gave,
  received,
  state,
}: HistoryItem): { [Column in (typeof columns)[number]]: string | number | undefined } => ({
  began: at,
  ...fileCells('gave', gave),
  gave_fate: gave?.fate,
  gave_thanks: gave?.thanks,
  ...fileCells('received', received),
  received_at: received?.received_at,
  received_thanks: received?.thanks,
  received_reported: received?.reported ? 'yes' : undefined,
  state,
});
