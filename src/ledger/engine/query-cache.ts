/**
 * Queries that are put together once and then only get other values: for a small transaction, putting them together would take
 * as long as running them.
 */
import type { Compilable, CompiledQuery, RootOperationNode } from 'kysely';
import type { Db } from '../schema/tables.ts';

/** Stands where a value will be, of which it is known which one in the order of all that are given. */
class Place {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

/** For so many lengths of its lists a query is kept, unless it has more values than most; others are rare, and large. */
const mostLengths = 64;
const mostValues = 2_000;

/** Values, lists of them, and rows of them; a row has the same columns, in the same order, each time. */
type Given = Readonly<Record<string, unknown>>;

/**
 * A query by the values that it is given, put together anew only for lists of another length. What it looks like must depend
 * on nothing else.
 */
export function cachedQuery<G extends Given, Answer>(
  build: (db: Db, given: G) => Compilable<Answer>,
): (db: Db, given: G) => Promise<Answer[]> {
  // Engines have different words for the same query.
  const known = new WeakMap<object, Map<string, CompiledQuery<Answer>>>();
  const put = (db: Db, given: G, lengths: string, values: number) => {
    const { adapter } = db.getExecutor();
    const ofEngine = known.get(adapter) ?? new Map<string, CompiledQuery<Answer>>();
    const found = ofEngine.get(lengths);
    if (found) return found;
    const query = withoutTree(build(db, withPlaces(given)).compile());
    if (values > mostValues) return query;
    if (ofEngine.size >= mostLengths) ofEngine.clear();
    known.set(adapter, ofEngine.set(lengths, query));
    return query;
  };
  return async (db, given) => {
    const values: unknown[] = [];
    const lengths = look(given, values);
    const query = put(db, given, lengths, values.length);
    const executor = db.getExecutor();
    // Who watches what is asked is to see this query too.
    executor.transformQuery(query.query, query.queryId);
    const parameters = query.parameters.map((parameter) => filled(parameter, values));
    const { rows } = await executor.executeQuery<Answer>({ ...query, parameters });
    return rows;
  };
}

/** Of the tree that it was made from nobody needs more than what kind of query it is, and it is large. */
const withoutTree = <Answer>(query: CompiledQuery<Answer>): CompiledQuery<Answer> => ({
  ...query,
  query: { kind: query.query.kind } as RootOperationNode,
});

const isGroup = (value: unknown): value is Given | readonly unknown[] =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/** Collects every value, in their order; answers how long the lists are. */
function look(group: Given | readonly unknown[], values: unknown[]): string {
  let lengths = Array.isArray(group) ? `${group.length} ` : '';
  for (const value of Array.isArray(group) ? group : Object.values(group)) {
    if (isGroup(value)) lengths += look(value, values);
    else values.push(value);
  }
  return lengths;
}

/** The same with a place for each value. */
function withPlaces<G extends Given>(given: G): G {
  let next = 0;
  const replaced = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replaced);
    if (!isGroup(value)) return new Place(next++);
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, replaced(inner)]),
    );
  };
  return replaced(given) as G;
}

/** An engine may take a whole list for one parameter. */
function filled(parameter: unknown, values: readonly unknown[]): unknown {
  if (parameter instanceof Place) return values[parameter.number];
  return Array.isArray(parameter) ? parameter.map((one) => filled(one, values)) : parameter;
}

/** What is looked for, its last repeated up to the next power of two: of lists that differ little in length, the query is the same. */
export function fewLengths<T>(list: readonly T[]): readonly T[] {
  const length = 2 ** Math.ceil(Math.log2(Math.max(list.length, 1)));
  return list.length === 0 ? list : [...list, ...Array(length - list.length).fill(list.at(-1))];
}
