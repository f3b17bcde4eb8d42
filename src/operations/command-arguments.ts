/** Arguments and output that the commands in a shell have in common. */
import { parseArgs } from 'node:util';

/** A reason why a command cannot be carried out, as a sentence for the operator. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

type Flags = Readonly<Record<string, { readonly type: 'boolean' | 'string' }>>;

interface CommandArguments {
  /** The words before the first setting. */
  readonly words: readonly string[];
  readonly settings: readonly string[];
  /** The values of the command's own flags that are given. */
  readonly own: ReadonlyMap<string, string | true>;
}

/** Words before the first flag are the command's, its own flags may stand anywhere, and the rest are settings. */
export function readArguments(argv: readonly string[], flags: Flags): CommandArguments {
  const { tokens } = parseArgs({ args: [...argv], options: flags, strict: false, tokens: true });
  const own = tokens.filter((token) => token.kind === 'option').filter(({ name }) => name in flags);
  const taken = own.flatMap(({ index, value, inlineValue }) =>
    value === undefined || inlineValue ? [index] : [index, index + 1],
  );
  const rest = argv.filter((_word, index) => !taken.includes(index));
  const firstFlag = rest.findIndex((word) => word.startsWith('--'));
  const count = firstFlag === -1 ? rest.length : firstFlag;
  return {
    own: new Map(own.map(({ name, value }) => [name, value ?? true] as const)),
    words: rest.slice(0, count),
    settings: rest.slice(count),
  };
}

/** A name may hold anything, also what moves the cursor of a terminal. */
export const shown = (text: string): string => text.replace(/\p{C}/gu, '?');
