/** Which entries of a history are wanted, in the account's history and in the list of the page. */

/** All conditions must hold; one that is missing or empty holds always. */
export interface HistoryQuery {
  /** A part of a file's name, in any case. */
  readonly text?: string | undefined;
  readonly kind?: string | undefined;
  /** `gave` or `received`: only that side counts, and must exist. */
  readonly direction?: string | undefined;
}

interface NamedFile {
  readonly name: string;
  readonly kind?: string | undefined;
}

/** True if one of both files is wanted. */
export function isWantedExchange(
  { gave, received }: { readonly gave?: NamedFile | undefined; readonly received?: NamedFile | undefined },
  { text, kind, direction }: HistoryQuery,
): boolean {
  const files = [direction !== 'received' && gave, direction !== 'gave' && received].filter((file) => !!file);
  const wanted = (text ?? '').toLocaleLowerCase();
  return files.some(
    (file) => (!kind || (file.kind ?? 'other') === kind) && file.name.toLocaleLowerCase().includes(wanted),
  );
}
