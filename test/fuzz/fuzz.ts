/** Sends batches of generated and mutated requests until one of them finds a fault. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { mutatedTexts } from './mutations.ts';
import { type GeneratedRequest, requests } from './requests.ts';
import { type FuzzConnection, type FuzzTarget, openFuzzTarget, tryBatch } from './target.ts';

const folder = join(import.meta.dirname, 'corpus');

/** Saved requests by file name: each was a fault once, or is of a kind of its own. */
export const corpus: ReadonlyMap<string, string> = new Map(
  readdirSync(folder)
    .sort()
    .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
);

const shares = fc.nat(999);
const way = fc.record({
  cuts: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(shares, { minLength: 1, maxLength: 8 })),
  leaves: fc.oneof(
    { weight: 9, arbitrary: fc.constant<FuzzConnection['leaves']>('politely') },
    fc.constant<FuzzConnection['leaves']>('rudely'),
  ),
});

const texts = requests.map(({ text }) => text);
const seeds = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...corpus.values()) }, texts);

const asParcel = ([{ text, file }, sent]: readonly [
  GeneratedRequest,
  Omit<FuzzConnection, 'texts'>,
]): FuzzConnection => ({
  ...sent,
  texts: [text],
  ...(file === undefined ? {} : { file }),
});

const plans: fc.Arbitrary<FuzzConnection> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(requests, way).map(asParcel) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(texts, { minLength: 2, maxLength: 4 }), way)
      .map(([all, sent]) => ({ ...sent, texts: all })),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.array(mutatedTexts(seeds), { minLength: 1, maxLength: 2 }), way)
      .map(([all, sent]) => ({ ...sent, texts: all })),
  },
);

/** Connections at the same time. */
const batches = fc.array(plans, { minLength: 6, maxLength: 24 });

interface FuzzResult {
  readonly batches: number;
  readonly connections: number;
  /** The faults, and how to reproduce them. */
  readonly failure?: { readonly report: string; readonly batch: readonly FuzzConnection[] };
}

interface FuzzPlan {
  readonly seed: number;
  /** Where to begin in the tree of the seed, from the report of a failure. */
  readonly path?: string;
  readonly runs: number;
  /** Milliseconds. */
  readonly atMost?: number;
}

/** Runs one plan on fresh apps: an app that showed a fault is not used again. */
export async function fuzz({
  seed,
  path = '',
  runs,
  atMost = Number.POSITIVE_INFINITY,
}: FuzzPlan): Promise<FuzzResult> {
  let target: FuzzTarget | undefined;
  let tried = 0;
  let connections = 0;
  const until = performance.now() + atMost;
  const property = fc.asyncProperty(batches, async (batch) => {
    // fast-check's own time limit would drop a fault that takes long to show.
    if (performance.now() > until) return;
    target ??= await openFuzzTarget();
    tried += 1;
    connections += batch.length;
    const faults = await tryBatch(target, batch).catch((error: unknown) => [String(error)]);
    if (faults.length === 0) return;
    await target.app.close();
    target = undefined;
    throw new Error([...new Set(faults)].join('\n'));
  });
  const result = await fc.check(property, { seed, path, numRuns: runs });
  await target?.app.close();
  const counts = { batches: tried, connections };
  if (!result.failed || result.counterexample === null) return counts;
  const error = result.errorInstance instanceof Error ? result.errorInstance.message : '';
  const again = `--seed ${seed} --path ${result.counterexamplePath}`;
  return { ...counts, failure: { report: `${error}\n${again}`, batch: result.counterexample[0] } };
}

/** Replays a batch on an app of its own. Returns the faults. */
export async function replay(batch: readonly FuzzConnection[]): Promise<string[]> {
  const target = await openFuzzTarget();
  try {
    return await tryBatch(target, batch);
  } finally {
    await target.app.close();
  }
}

/** A saved request, in one segment and in many. */
export const connectionsOf = (text: string): FuzzConnection[] =>
  [[], [100, 500, 900], Array.from({ length: 60 }, (_, i) => i * 16)].map((cuts) => ({
    texts: [text],
    cuts,
    leaves: 'politely',
  }));
