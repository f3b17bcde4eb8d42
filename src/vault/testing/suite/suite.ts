import { describe, expect, it } from 'vitest';
import type { OpenedVault } from './facts.ts';
import { readingCases } from './reading.ts';
import { storingCases } from './storing.ts';

const cases: typeof readingCases = { ...readingCases, ...storingCases };

/**
 * The suite of all vaults; `open` creates an empty one. `skips` maps cases that an implementation cannot pass to a reason; an
 * unknown case fails.
 */
export function vaultSuite(
  name: string,
  open: () => Promise<OpenedVault>,
  skips: Readonly<Record<string, string>> = {},
): void {
  describe(name, () => {
    it('skips only cases that exist', () => {
      expect(Object.keys(skips).filter((skip) => !(skip in cases))).toEqual([]);
    });
    for (const [title, run] of Object.entries(cases)) {
      it(title, async (context) => {
        const reason = skips[title];
        if (reason !== undefined) return context.skip(reason);
        const opened = await open();
        try {
          await run(opened);
        } finally {
          await opened.close();
        }
      });
    }
  });
}
