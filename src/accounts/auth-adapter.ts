/** The database of better-auth: its rows are the ledger's, in one process or behind the RPC of a worker. */
import { hash } from 'node:crypto';
import { type CleanedWhere, type CustomAdapter, createAdapterFactory } from 'better-auth/adapters';
import type { AuthCondition, AuthRow, AuthTable, AuthValue } from '../ledger/account-types.ts';
import type { AccountLedger } from '../ledger/ledger.ts';

type AuthLedger = Pick<
  AccountLedger,
  'findAuthRows' | 'countAuthRows' | 'addAuthRow' | 'changeAuthRows' | 'removeAuthRows'
>;

/** The adapter over a ledger. Sessions are stored under the hash of their token, as tickets are under theirs. */
export const authAdapter = (ledger: AuthLedger) =>
  createAdapterFactory({
    config: {
      adapterId: 'exchange-ledger',
      supportsBooleans: false,
      customTransformInput: ({ data, fieldAttributes }) => (fieldAttributes.type === 'date' ? toTime(data) : data),
      customTransformOutput: ({ data, fieldAttributes }) =>
        fieldAttributes.type === 'date' && typeof data === 'number' ? new Date(data) : data,
    },
    adapter: ({ getFieldName }) => adapterOf(ledger, getFieldName) as unknown as CustomAdapter,
  });

/** Times are milliseconds since 1970. */
function toTime(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toTime);
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' ? Date.parse(value) : value;
}

interface Target {
  readonly model: string;
}

interface Targets extends Target {
  readonly where?: readonly CleanedWhere[] | undefined;
}

/** The column of a field, in the terms of better-auth. */
type ColumnOf = (of: { readonly model: string; readonly field: string }) => string;

function adapterOf(ledger: AuthLedger, columnOf: ColumnOf) {
  const find = async (target: Targets, more: object = {}) => {
    const rows = await ledger.findAuthRows(target.model as AuthTable, { where: conditionsOf(target), ...more });
    return rows.map((row) => withToken(row, target));
  };
  const change = (target: Targets, update: AuthRow) =>
    ledger.changeAuthRows(target.model as AuthTable, conditionsOf(target), withoutSecrets(target.model, update));
  const remove = (target: Targets, limit?: number) =>
    ledger.removeAuthRows(target.model as AuthTable, conditionsOf(target), limit);
  return {
    create: async ({ model, data }: Target & { data: AuthRow }) => {
      const row = await ledger.addAuthRow(model as AuthTable, withoutSecrets(model, data));
      if (!row) throw new Error(`a row of ${model} with the same unique value exists`);
      return { ...row, ...('token' in data ? { token: data.token } : {}) };
    },
    findOne: async (target: Targets) => (await find(target, { limit: 1 }))[0] ?? null,
    findMany: ({ limit, offset, sortBy, ...target }: Targets & FindOptions) => {
      const column = sortBy && columnOf({ model: target.model, field: sortBy.field });
      return find(target, { limit, offset, order: column && { column, direction: sortBy.direction } });
    },
    count: (target: Targets) => ledger.countAuthRows(target.model as AuthTable, conditionsOf(target)),
    update: async ({ update, ...target }: Targets & { update: AuthRow }) => {
      const [row] = await change(target, update);
      return row ? withToken(row, target) : null;
    },
    updateMany: async ({ update, ...target }: Targets & { update: AuthRow }) => (await change(target, update)).length,
    delete: async (target: Targets) => void (await remove(target)),
    deleteMany: async (target: Targets) => (await remove(target)).length,
    consumeOne: async (target: Targets) => (await remove(target, 1))[0] ?? null,
  };
}

interface FindOptions {
  readonly limit: number;
  readonly offset?: number | undefined;
  readonly sortBy?: { readonly field: string; readonly direction: 'asc' | 'desc' } | undefined;
}

const operators: Readonly<Record<string, AuthCondition['operator']>> = {
  eq: '=',
  ne: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  in: 'in',
  not_in: 'not in',
};

const conditionsOf = ({ model, where = [] }: Targets): readonly AuthCondition[] =>
  where.map(({ field, operator, value, connector, mode }) => {
    const known = operators[operator ?? ''];
    if (known === undefined || mode === 'insensitive') throw new Error(`no conditions by ${operator} (${mode})`);
    const isToken = model === 'auth_session' && field === 'token';
    return {
      column: field,
      operator: known,
      value: (isToken ? hashed(value) : value) as AuthCondition['value'],
      connector: connector === 'OR' ? 'or' : 'and',
    };
  });

const hashed = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(hashed) : typeof value === 'string' ? hash('sha256', value) : value;

/** The tokens of an OpenID provider, which are of no use after the sign-in. */
const providerTokens = ['access_token', 'refresh_token', 'id_token'];

/** A row without secrets: a session has the hash of its token, a login no tokens of its provider. */
function withoutSecrets(model: string, row: AuthRow): AuthRow {
  if (model === 'auth_login')
    return Object.fromEntries(Object.entries(row).filter(([column]) => !providerTokens.includes(column)));
  return model === 'auth_session' && 'token' in row ? { ...row, token: hashed(row.token) as AuthValue } : row;
}

/** A session that was found by its token, with that token instead of its hash. */
function withToken(row: AuthRow, { model, where = [] }: Targets): AuthRow {
  const asked = where.find(({ field, operator }) => field === 'token' && operator === 'eq')?.value;
  return model === 'auth_session' && typeof asked === 'string' ? { ...row, token: asked } : row;
}
