import { Problem } from '../../contract/problems/problem.ts';
import { keyOfChecks, openFileKey } from '../../vault/encrypted/file-keys.ts';
import type { Issue } from './issues.ts';
import type { Target } from './target.ts';

/** Opens the key of every gift whose bytes are needed, and counts what is encrypted. */
export async function checkKeys({ ledger, ring }: Target): Promise<{
  readonly faults: readonly Issue[];
  readonly notes: readonly string[];
}> {
  if (!ring) return { faults: [], notes: [] };
  const faults: Issue[] = [];
  let [encrypted, plain] = [0, 0];
  for (let after = 0; ; ) {
    const gifts = await ledger.neededGifts(after);
    for (const { id, key, size, checks } of gifts) {
      after = id;
      if (keyOfChecks(checks) === undefined) {
        plain += 1;
        continue;
      }
      encrypted += 1;
      const says = whyClosed(() => openFileKey(ring, checks, key, size));
      if (says !== undefined) faults.push({ ...says, subject: key });
    }
    if (gifts.length === 0) break;
  }
  const rest = plain === 0 ? '' : `, and ${plain} are not: "rfx keys encrypt" encrypts them`;
  return { faults, notes: [`${encrypted} gifts are encrypted${rest}.`] };
}

function whyClosed(open: () => unknown): Pick<Issue, 'kind' | 'says'> | undefined {
  try {
    open();
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const says = (error.cause as Error).message;
    return { kind: error.code === 'gift-damaged' ? 'damaged' : 'no-key', says };
  }
}
