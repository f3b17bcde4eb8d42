/** All rows in the order of their ids, by pages; `read` answers the next ones behind an id. */
export async function* pagesOf<R extends { readonly id: number }>(
  read: (after: number) => Promise<readonly R[]>,
): AsyncGenerator<readonly R[], void> {
  for (let after = 0; ; ) {
    const rows = await read(after);
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.id;
  }
}
