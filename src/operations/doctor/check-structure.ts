/** The structure: the ledger's own rules, and whether vault and ledger know the same gifts. Nothing is written. */
import { minStrayAge } from '../../exchange/maintenance/reconcile.ts';
import type { ExpectedFile } from '../../ledger/types.ts';
import type { Shard, StoredFile } from '../../vault/vault.ts';
import { brokenRules, type Issue } from './issues.ts';
import type { ProgressSink, Target } from './target.ts';

export interface StructureCheck {
  readonly faults: readonly Issue[];
  /** What is to be known and no fault. */
  readonly notes: readonly string[];
  /** Gifts whose bytes somebody is still to have, and how many these are. */
  readonly gifts: number;
  readonly bytes: number;
}

/** One look at everything. What is true only while it moves may be among the faults, so they are looked for twice. */
export async function checkStructure(
  patient: Target,
  watch: ProgressSink,
): Promise<StructureCheck> {
  const rules = brokenRules(await patient.ledger.audit());
  const compared = await compare(patient, watch);
  const odd = await oddments(patient);
  return {
    ...compared,
    faults: [...rules, ...compared.faults, ...odd.faults],
    notes: [...compared.notes, ...odd.notes],
  };
}

async function compare(
  { ledger, vault, now }: Target,
  watch: ProgressSink,
): Promise<StructureCheck> {
  const settled = now() - minStrayAge;
  const faults: Issue[] = [];
  let [gifts, bytes, young] = [0, 0, 0];
  for await (const { shard, keys } of vault.shards()) {
    // The vault is listed before the ledger: what came in between is young, and rows that went are not missed.
    const rows = await ledger.keysOfShard(shard);
    const promised = [...rows].filter(([, { isNeeded }]) => isNeeded);
    gifts += promised.length;
    for (const [, { size }] of promised) bytes += size;
    faults.push(...promised.flatMap(([key, row]) => wrongBytes(key, row, keys.get(key))));
    const unknown = strays(keys, rows, settled);
    faults.push(...unknown.old);
    young += unknown.young;
    watch.progress(`Shard ${shard} of ff: ${gifts} gifts are in their place or missed.`);
  }
  return {
    faults,
    notes: young === 0 ? [] : [youngNote(young, 'gifts without rows')],
    gifts,
    bytes,
  };
}

function wrongBytes(key: string, row: ExpectedFile, kept: StoredFile | undefined): Issue[] {
  if (!kept) return [{ kind: 'missing', subject: key, says: 'its bytes are gone' }];
  if (kept.size === row.size) return [];
  const says = `it has ${kept.size} bytes instead of ${row.size}`;
  return [{ kind: 'wrong-size', subject: key, says }];
}

function strays(keys: Shard['keys'], rows: ReadonlyMap<string, ExpectedFile>, settled: number) {
  const unknown = [...keys].filter(([key]) => !rows.has(key));
  const old = unknown
    .filter(([, { keptAt }]) => keptAt <= settled)
    .map(
      ([key, { size }]): Issue => ({
        kind: 'stray',
        subject: key,
        says: `the ledger does not know these ${size} bytes`,
      }),
    );
  return { old, young: unknown.length - old.length };
}

/** How many of those that are nobody's are named. */
const mostNamed = 10;

async function oddments({ vault, now }: Target): Promise<Pick<StructureCheck, 'faults' | 'notes'>> {
  const settled = now() - minStrayAge;
  const faults: Issue[] = [];
  const strangers: string[] = [];
  let [young, others] = [0, 0];
  for await (const { name, changedAt, isUnfinished } of vault.oddments()) {
    if (isUnfinished && changedAt >= settled) young += 1;
    else if (isUnfinished)
      faults.push({ kind: 'leftover', subject: name, says: 'it was left behind by a give' });
    else if (strangers.length < mostNamed) strangers.push(name);
    else others += 1;
  }
  const notes = strangers.map((name) => `${name} in the vault is none of the exchange's.`);
  if (others > 0) notes.push(`So are ${others} more.`);
  if (young > 0) notes.push(youngNote(young, 'unfinished gives'));
  return { faults, notes };
}

const youngNote = (count: number, what: string) =>
  `${count} young ${what} were left alone: they may be under way.`;
