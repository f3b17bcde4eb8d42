import type { ColumnDataType, ColumnDefinitionBuilder } from 'kysely';

/** Column types that the engines call by different names. */
export interface ColumnTypes {
  readonly id: ColumnDataType;
  /** Makes a column number its rows. */
  number(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder;
  readonly reference: ColumnDataType;
  readonly bytes: ColumnDataType;
  /** Ends the definition of a table whose rows are in the order of a text. */
  readonly keyedByText: string;
  /** Statements that make a table refuse changes of its rows. */
  forbidChanges(table: string): readonly string[];
}
