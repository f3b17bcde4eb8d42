/**
 * The PostgreSQL dialect: a list is one array parameter, and repeated queries are prepared statements, planned once per
 * connection.
 */
import { type BinaryOperationNode, PostgresDialect, PostgresQueryCompiler } from 'kysely';
import type { ClientBase } from 'pg';
import { listOf, listParameter } from '../query-cache.ts';

/** A list is one array: `column = any ($1)` for `column in ($1, $2, …)`. */
class Compiler extends PostgresQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const list = listOf(node);
    if (!list) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(node.leftOperand);
    this.append(' = any (');
    this.appendValue(listParameter(list, (values) => values));
    this.append(')');
  }
}

export class Dialect extends PostgresDialect {
  override createQueryCompiler(): PostgresQueryCompiler {
    return new Compiler();
  }
}

/** Limits of prepared statements, which a connection keeps until it ends. */
const maxNames = 512;
const maxTextLength = 2_000;

const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= maxNames || text.length > maxTextLength) return known;
  const name = `rfx_${names.size + 1}`;
  names.set(text, name);
  return name;
}

type Connection = new (...args: never[]) => ClientBase;

/** The driver's client, with a name for every query with values, which makes it a prepared statement. */
export function withPreparedStatements<C extends Connection>(Client: C): C {
  const query = Client.prototype.query as (...args: unknown[]) => unknown;
  class Preparing extends (Client as Connection) {}
  Preparing.prototype.query = function (this: ClientBase, ...args: unknown[]) {
    const [text, values, ...rest] = args;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return query.apply(this, args);
    return query.call(this, { name: nameOf(text), text, values }, ...rest);
  } as ClientBase['query'];
  return Preparing as unknown as C;
}
