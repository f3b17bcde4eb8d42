/** Inspects the bytes of a gift in the vault, before the gift has a row. */
import { Problem } from '../../contract/problems/problem.ts';
import type { InspectResult } from '../../inspection/inspect.ts';
import type { Inspector, StagedFile } from '../../inspection/staged-file.ts';
import type { StoredFacts } from '../../vault/vault.ts';
import type { ExchangeContext } from '../ports.ts';

/** The last bytes of a stream, collected as they pass. */
export interface EndWatcher {
  look(chunk: Uint8Array): void;
  end(): Buffer;
}

/** As many bytes as inspectors see without reading. */
const edgeSize = 512;

/** A copy of the first bytes, since the memory of a head is used again. */
export const startOf = (head: Uint8Array): Buffer => Buffer.from(head.subarray(0, edgeSize));

export function watchEnd(): EndWatcher {
  let end: Buffer = Buffer.alloc(0);
  return {
    look: (chunk) => {
      // Chunks are copied, since their memory is used again.
      const isEnough = chunk.length >= edgeSize;
      end = isEnough ? Buffer.from(chunk.subarray(-edgeSize)) : Buffer.concat([end, chunk]).subarray(-edgeSize);
    },
    end: () => end,
  };
}

/** Stored bytes without a row, and what is known about them. */
export interface Staged {
  readonly key: string;
  readonly finding: InspectResult;
  readonly stored: StoredFacts;
  readonly start: Buffer;
  readonly end: Buffer;
}

/**
 * Inspects stored bytes, and removes them if they are refused; the sweep finds what cannot be removed. Throws the `Problem` that
 * refuses them, and `inspection-failing` if an inspector cannot say.
 */
export async function inspectStaged(context: ExchangeContext, staged: Staged): Promise<void> {
  const file = stagedFile(context, staged);
  const inspectors = context.inspectors.filter((inspector) => inspector.appliesTo(file));
  if (inspectors.length === 0) return;
  try {
    for (const inspector of inspectors) await ask(inspector, file);
  } catch (error) {
    await context.vault.remove(staged.key).catch(() => undefined);
    throw error;
  }
}

async function ask(inspector: Inspector, file: StagedFile): Promise<void> {
  try {
    await inspector.inspect(file);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const cause = new Error(`the inspector "${inspector.name}" failed`, { cause: error });
    throw new Problem('inspection-failing', { cause }); // mutant: hook-down-accepted
  }
}

const stagedFile = ({ vault }: ExchangeContext, { key, finding, stored, start, end }: Staged): StagedFile => ({
  ...finding,
  size: stored.size,
  sha256: stored.sha256,
  start,
  end,
  read: (from, to) => vault.read(key, stored, { start: from, end: to }),
});
