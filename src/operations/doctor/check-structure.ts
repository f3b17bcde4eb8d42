import { encryptedSize } from '../../encryption/chunk-cipher.ts';
import { minStrayAge } from '../../exchange/maintenance/reconcile.ts';
import type { ExpectedFile } from '../../ledger/types.ts';
import { isSealedKey } from '../../vault/encrypted/file-keys.ts';
import type { Shard, StoredFile } from '../../vault/vault.ts';
import { checkKeys } from './check-keys.ts';
import { brokenRules, type Issue } from './issues.ts';
import type { ProgressSink, Target } from './target.ts';

export interface StructureCheck {
  readonly faults: readonly Issue[];
  /** Observations that are no faults. */
  readonly notes: readonly string[];
  /** Number of gifts whose bytes are still needed. */
  readonly gifts: number;
  /** Their total size. */
  readonly bytes: number;
}

/** Checks the rules of the ledger, and compares ledger and vault. Writes nothing; reports changes in progress as faults. */
export async function checkStructure(target: Target, sink: ProgressSink): Promise<StructureCheck> {
  const rules = brokenRules(await target.ledger.audit());
  const compared = await compare(target, sink);
  const unknown = await checkUnknownEntries(target);
  const encryption = await checkKeys(target);
  return {
    ...compared,
    faults: [...rules, ...compared.faults, ...unknown.faults, ...encryption.faults],
    notes: [...compared.notes, ...unknown.notes, ...encryption.notes],
  };
}

async function compare({ ledger, vault, now }: Target, sink: ProgressSink): Promise<StructureCheck> {
  const strayBefore = now() - minStrayAge;
  const faults: Issue[] = [];
  let [gifts, bytes, young] = [0, 0, 0];
  for await (const { shard, keys } of vault.shards()) {
    // The vault is listed before the ledger: new files are too young to be stray, and removed rows are not missing.
    const rows = await ledger.keysOfShard(shard);
    const needed = [...rows].filter(([, { isNeeded }]) => isNeeded);
    gifts += needed.length;
    for (const [, { size }] of needed) bytes += size;
    faults.push(...needed.flatMap(([key, row]) => compareFile(key, row, keys.get(key))));
    const strays = findStrays(keys, rows, strayBefore);
    faults.push(...strays.faults);
    young += strays.young;
    sink.progress(`Shard ${shard} of ff: ${gifts} gifts are in their place or missed.`);
  }
  return {
    faults,
    notes: young === 0 ? [] : [youngNote(young, 'gifts without rows')],
    gifts,
    bytes,
  };
}

function compareFile(key: string, { size, checksSize }: ExpectedFile, stored: StoredFile | undefined): Issue[] {
  if (!stored) return [{ kind: 'missing', subject: key, says: 'its bytes are gone' }];
  const expected = isSealedKey(checksSize) ? encryptedSize(size) : size;
  if (stored.size === expected) return [];
  return [{ kind: 'wrong-size', subject: key, says: `it has ${stored.size} bytes instead of ${expected}` }];
}

/** Files without a row. Young ones may belong to a give in progress. */
function findStrays(
  keys: Shard['keys'],
  rows: ReadonlyMap<string, ExpectedFile>,
  strayBefore: number,
): { faults: readonly Issue[]; young: number } {
  const unknown = [...keys].filter(([key]) => !rows.has(key));
  const faults = unknown
    .filter(([, { storedAt }]) => storedAt <= strayBefore)
    .map(
      ([key, { size }]): Issue => ({
        kind: 'stray',
        subject: key,
        says: `the ledger does not know these ${size} bytes`,
      }),
    );
  return { faults, young: unknown.length - faults.length };
}

const maxNamedEntries = 10;

async function checkUnknownEntries({ vault, now }: Target): Promise<Pick<StructureCheck, 'faults' | 'notes'>> {
  const strayBefore = now() - minStrayAge;
  const faults: Issue[] = [];
  const foreign: string[] = [];
  let [young, others] = [0, 0];
  for await (const { name, changedAt, isUnfinished } of vault.unknownEntries()) {
    if (isUnfinished && changedAt >= strayBefore) young += 1;
    else if (isUnfinished) faults.push({ kind: 'leftover', subject: name, says: 'it was left behind by a give' });
    else if (foreign.length < maxNamedEntries) foreign.push(name);
    else others += 1;
  }
  const notes = foreign.map((name) => `${name} in the vault is none of the exchange's.`);
  if (others > 0) notes.push(`So are ${others} more.`);
  if (young > 0) notes.push(youngNote(young, 'unfinished gives'));
  return { faults, notes };
}

const youngNote = (count: number, entries: string) =>
  `${count} young ${entries} were left alone: they may be under way.`;
