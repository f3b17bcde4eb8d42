/** Replaces the stored bytes of a gift by cleaned ones, before the gift has a row. */
import { Problem } from '../../contract/problems/problem.ts';
import type { InspectResult } from '../../inspection/inspect.ts';
import type { CleanedFormat } from '../../inspection/metadata/cleaned-format.ts';
import type { Piece } from '../../inspection/metadata/draft.ts';
import { observed } from '../../platform/byte-stream.ts';
import type { ExchangeContext } from '../ports.ts';
import { inspectStaged, type Staged, startOf, watchEnd } from './inspect-staged.ts';

/** A gift as it will be, and the format that its metadata is removed from. */
interface CleaningPlan {
  readonly finding: InspectResult;
  readonly format: CleanedFormat;
}

interface CleanedGift extends Pick<Staged, 'key' | 'stored'> {
  /** Names of the removed fields. */
  readonly removed: readonly string[];
}

/**
 * Decides by a file's type whether its metadata is removed; undefined if it stays as it is. Throws `metadata-stays` if it cannot
 * be removed.
 */
export function planCleaning(
  { cleaner, rules }: ExchangeContext,
  isAsked: boolean,
  finding: InspectResult,
  head: Uint8Array,
): CleaningPlan | undefined {
  if (rules.blind === 'off' && isAsked) throw new Problem('metadata-stays', { reason: 'cleaning-off' });
  if (rules.blind === 'off' || !(isAsked || rules.blind === 'always')) return undefined;
  const format = cleaner.formatOf(finding, head);
  if (format === undefined) throw new Problem('metadata-stays', { reason: 'no-cleaner' });
  return { format, finding: rules.blind === 'always' ? { ...finding, name: cleaner.plainName(finding) } : finding };
}

/**
 * Stores the cleaned bytes under a key of their own, inspects them, and removes the others; the sweep finds what cannot be
 * removed. Throws `metadata-stays`, `inspection-failing`, and what `inspectStaged` and the vault throw.
 */
export async function cleanStaged(
  context: ExchangeContext,
  staged: Staged,
  { format }: CleaningPlan,
): Promise<CleanedGift> {
  const { key, stored } = staged;
  const { vault } = context;
  let keptKey: string | undefined;
  try {
    const read = (from: number, to: number) => vault.read(key, stored, { start: from, end: to });
    const { pieces, removed } = await context.cleaner.plan({ size: stored.size, read }, format).catch(asProblem);
    if (isWhole(pieces, stored.size)) {
      keptKey = key;
      return { key, stored, removed };
    }
    const cleaned = await storePieces(context, staged, pieces);
    keptKey = cleaned.key;
    await inspectStaged(context, cleaned);
    return { ...cleaned, removed };
  } finally {
    if (keptKey !== key) await vault.remove(key).catch(() => undefined);
  }
}

/** A worker that broke tells nothing about the file. */
function asProblem(error: unknown): never {
  if (error instanceof Problem) throw error;
  throw new Problem('inspection-failing', { cause: new Error('the removal of metadata failed', { cause: error }) });
}

const isWhole = ([first, second]: readonly Piece[], size: number): boolean =>
  first !== undefined && second === undefined && 'to' in first && first.from === 0 && first.to === size;

async function storePieces(context: ExchangeContext, staged: Staged, pieces: readonly Piece[]): Promise<Staged> {
  const key = Buffer.from(context.randomBytes(16)).toString('hex');
  const last = watchEnd();
  let start: Buffer = Buffer.alloc(0);
  const bytes = observed(bytesOf(context, staged, pieces), (chunk) => {
    start = startOf(Buffer.concat([start, startOf(chunk)]));
    last.look(chunk);
  });
  const stored = await context.vault.put(key, bytes);
  return { ...staged, key, stored, start, end: last.end() };
}

/** Zeros are written in chunks of this size. */
const zeros = new Uint8Array(64 * 1024);

async function* bytesOf(
  { vault }: ExchangeContext,
  { key, stored }: Staged,
  pieces: readonly Piece[],
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if ('to' in piece) yield* vault.read(key, stored, { start: piece.from, end: piece.to });
    else if ('bytes' in piece) yield piece.bytes;
    else for (let left = piece.zeros; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
  }
}
