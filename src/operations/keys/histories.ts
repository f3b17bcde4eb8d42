/** The names that the histories of accounts keep, which are sealed like those of gifts. */
import type { TextContext } from '../../encryption/sealed-text.ts';
import type { HistoryFacts, SealedHistory } from '../../ledger/account-types.ts';
import { nameContext } from '../../ledger/sealed/sealed-ledger.ts';
import { pagesOf } from './row-pages.ts';
import type { KeysTarget } from './target.ts';

type HistoryTarget = Pick<KeysTarget, 'ledger'>;

/** All entries of all histories. */
const allHistories = ({ ledger }: HistoryTarget): AsyncIterable<readonly SealedHistory[]> =>
  pagesOf(ledger.sealedHistory);

const sides = ['gave', 'received'] as const;

/** All names in histories, sealed or not. */
export async function* namesInHistories(target: HistoryTarget): AsyncGenerator<string> {
  for await (const entries of allHistories(target))
    for (const { facts } of entries)
      for (const side of sides) {
        const gift = facts[side];
        if (gift) yield gift.name;
      }
}

/** Changes the names in histories by `change`, which answers undefined for one that cannot be opened; answers how many rows. */
export async function changeHistories(
  target: HistoryTarget,
  change: (name: string, context: TextContext) => string | undefined,
): Promise<{ readonly rows: number; readonly closed: number }> {
  let [rows, closed] = [0, 0];
  const changed = (facts: HistoryFacts): HistoryFacts => {
    const parts = sides.map((side) => {
      const gift = facts[side];
      if (!gift) return {};
      const name = change(gift.name, nameContext(gift.key));
      if (name === undefined) closed += 1;
      return { [side]: { ...gift, name: name ?? gift.name } };
    });
    return Object.assign({}, facts, ...parts) as HistoryFacts;
  };
  for await (const entries of allHistories(target)) {
    const changes = entries
      .map((entry) => ({ ...entry, facts: changed(entry.facts) }))
      .filter(({ text, facts }) => JSON.stringify(facts) !== text);
    rows += await target.ledger.resealHistory(changes);
  }
  return { rows, closed };
}
