/** The rows of better-auth, for its adapter (`src/accounts/auth-adapter.ts`). */
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import type { AuthCondition, AuthQuery, AuthRow, AuthTable, AuthValue } from '../account-types.ts';
import { authColumns } from '../schema/account-tables.ts';
import type { Db } from '../schema/tables.ts';

/** All tables of better-auth have an id; the other columns are its adapter's business. */
type AuthDb = Kysely<Record<AuthTable, Record<string, AuthValue>>>;
type Build = ExpressionBuilder<Record<AuthTable, Record<string, AuthValue>>, AuthTable>;

const asAuth = (db: Db) => db as unknown as AuthDb;

function holds(eb: Build, { column, operator, value }: AuthCondition) {
  if (value === null) return eb(column, operator === '!=' ? 'is not' : 'is', null);
  // The dialects turn a list into one parameter.
  if (operator === 'not in') return eb.not(eb(column, 'in', value as readonly AuthValue[]));
  if (operator === 'like') return sql<boolean>`${sql.ref(column)} like ${value} escape '\\'`;
  return eb(column, operator, value as AuthValue);
}

/** See `AuthCondition`. No condition holds always. */
function allHold(where: readonly AuthCondition[]) {
  return (eb: Build) => {
    const { and = [], or = [] } = Object.groupBy(where, ({ connector }) => connector);
    const parts = and.map((one) => holds(eb, one));
    return eb.and(or.length > 0 ? [...parts, eb.or(or.map((one) => holds(eb, one)))] : parts);
  };
}

/** See `AccountLedger.findAuthRows`. */
export async function findAuthRows(
  db: Db,
  table: AuthTable,
  { where, order, limit = 1_000, offset = 0 }: AuthQuery,
): Promise<readonly AuthRow[]> {
  return asAuth(db)
    .selectFrom(table)
    .select(authColumns[table])
    .where(allHold(where))
    .$if(order !== undefined, (query) => query.orderBy(order?.column ?? 'id', order?.direction ?? 'asc'))
    .limit(limit)
    .offset(offset)
    .execute();
}

/** See `AccountLedger.countAuthRows`. */
export async function countAuthRows(db: Db, table: AuthTable, where: readonly AuthCondition[]): Promise<number> {
  const { count } = await asAuth(db)
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where(allHold(where))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** See `AccountLedger.addAuthRow`. */
export const addAuthRow = (db: Db, table: AuthTable, row: AuthRow): Promise<AuthRow | undefined> =>
  asAuth(db)
    .insertInto(table)
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning(authColumns[table])
    .executeTakeFirst();

/** See `AccountLedger.changeAuthRows`. */
export const changeAuthRows = (
  db: Db,
  table: AuthTable,
  where: readonly AuthCondition[],
  changes: AuthRow,
): Promise<readonly AuthRow[]> =>
  asAuth(db).updateTable(table).set(changes).where(allHold(where)).returning(authColumns[table]).execute();

/** See `AccountLedger.removeAuthRows`. */
export async function removeAuthRows(
  db: Db,
  table: AuthTable,
  where: readonly AuthCondition[],
  limit?: number,
): Promise<readonly AuthRow[]> {
  const removal = asAuth(db).deleteFrom(table).returning(authColumns[table]);
  if (limit === undefined) return removal.where(allHold(where)).execute();
  const found = await findAuthRows(db, table, { where, limit });
  const ids = found.map(({ id }) => id as string);
  // The conditions again: another process may have removed or changed the row meanwhile.
  return removal.where('id', 'in', ids).where(allHold(where)).execute();
}
