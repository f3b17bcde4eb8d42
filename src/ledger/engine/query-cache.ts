/**
 * Compiled queries: built once by Kysely, and run with new values each time. For a small transaction, building a query takes
 * as long as running it.
 */
import {
  type BinaryOperationNode,
  type Compilable,
  type CompiledQuery,
  OperatorNode,
  PrimitiveValueListNode,
  type RootOperationNode,
} from 'kysely';
import type { Db } from '../schema/tables.ts';

/** Stands for a value while a query is built. */
class Placeholder {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

/** Stands for a list, with the way to encode it as one parameter. */
class ListPlaceholder extends Placeholder {
  readonly encode: Encode;

  constructor(number: number, encode: Encode) {
    super(number);
    this.encode = encode;
  }
}

type Encode = (list: readonly unknown[]) => unknown;

/** The list of `column in (list)`; undefined for any other operation. */
export function listOf({ operator, rightOperand }: BinaryOperationNode): readonly unknown[] | undefined {
  const isIn = OperatorNode.is(operator) && operator.operator === 'in';
  return isIn && PrimitiveValueListNode.is(rightOperand) ? rightOperand.values : undefined;
}

/** A list as one parameter, so that the text of a query does not depend on its length. For the dialects' compilers. */
export function listParameter(list: readonly unknown[], encode: Encode): unknown {
  const [first] = list;
  return first instanceof Placeholder ? new ListPlaceholder(first.number, encode) : encode(list);
}

/** Values, lists of values, or rows to insert. A row has the same columns in the same order each time. */
type Values = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, unknown>>;

/** Compiled queries are cached for up to this many rows. Larger inserts are rare, and their texts long. */
const maxCachedRows = 64;

/**
 * A query by its values. Its text may depend only on the number of rows: a list of any length is one parameter.
 */
export function cachedQuery<V extends Values, Answer>(
  build: (db: Db, values: V) => Compilable<Answer>,
): (db: Db, values: V) => Promise<Answer[]> {
  // By engine, as dialects differ, and by the number of rows.
  const compiled = new WeakMap<object, Map<number, CompiledQuery<Answer>>>();
  const compile = (db: Db, values: V, rows: number) => {
    const { adapter } = db.getExecutor();
    const ofEngine = compiled.get(adapter) ?? new Map<number, CompiledQuery<Answer>>();
    const known = ofEngine.get(rows);
    if (known) return known;
    const query = withoutTree(build(db, withPlaceholders(values)).compile());
    if (rows <= maxCachedRows) compiled.set(adapter, ofEngine.set(rows, query));
    return query;
  };
  return async (db, values) => {
    const flat = flatten(values);
    const rows = Object.values(values).find(isRows)?.length ?? 0;
    const query = compile(db, values, rows);
    const executor = db.getExecutor();
    // Plugins see this query too: the batch watches for writes.
    executor.transformQuery(query.query, query.queryId);
    const parameters = query.parameters.map((parameter) => fill(parameter, flat));
    return (await executor.executeQuery<Answer>({ ...query, parameters })).rows;
  };
}

/** Only the kind of the query is needed of its tree, which is large. */
const withoutTree = <Answer>(query: CompiledQuery<Answer>): CompiledQuery<Answer> => ({
  ...query,
  query: { kind: query.query.kind } as RootOperationNode,
});

const isRows = (value: unknown): value is readonly Row[] => Array.isArray(value) && typeof value[0] === 'object';

/** The values in order; each row gives all of its columns, a list is one value. */
const flatten = (values: Values): unknown[] =>
  Object.values(values).flatMap((value) => (isRows(value) ? value.flatMap((row) => Object.values(row)) : [value]));

function withPlaceholders<V extends Values>(values: V): V {
  let next = 0;
  const replace = (value: unknown): unknown => {
    if (isRows(value)) return value.map((row) => mapValues(row, () => new Placeholder(next++)));
    const placeholder = new Placeholder(next++);
    return Array.isArray(value) ? [placeholder] : placeholder;
  };
  return mapValues(values, replace) as V;
}

const mapValues = (record: Row, map: (value: unknown) => unknown): Row =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

function fill(parameter: unknown, values: readonly unknown[]): unknown {
  if (!(parameter instanceof Placeholder)) return parameter;
  const value = values[parameter.number];
  return parameter instanceof ListPlaceholder ? parameter.encode(value as readonly unknown[]) : value;
}
