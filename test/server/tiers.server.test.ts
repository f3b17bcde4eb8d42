/** No draining on PostgreSQL: the cases of one process, and budgets that two processes share. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { budget, drawTexts, giveFor, isHonest, leftIn, stock, tierCases, tierSettings } from '../api/tier-cases.ts';
import { type Postgres, skipReason, startPostgres } from '../setup/postgres.ts';
import { openTestApp, type TestApp } from '../setup/test-app.ts';

const reason = await skipReason();
if (reason) console.warn(`No draining is not tested on PostgreSQL: ${reason}.`);

let server: Postgres;
beforeAll(async () => {
  if (!reason) server = await startPostgres();
});
afterAll(() => server?.stop());

/** Runs processes on a new database, audits it, and closes them. */
async function inProcesses(count: number, run: (apps: readonly TestApp[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-tiers-'));
  const settings = { ...tierSettings, DATABASE_URL: server.url(await server.newDatabase()) };
  const apps: TestApp[] = [];
  for (let n = 0; n < count; n++) apps.push(await openTestApp(settings, {}, folder));
  try {
    await run(apps);
    expect((await apps[0]?.running.context.ledger.audit())?.faults).toEqual([]);
  } finally {
    for (const app of apps) await app.close();
    await rm(folder, { recursive: true });
  }
}

/** Cases whose transactions differ from those on SQLite. */
const chosen = /^(?:many tiny files|copies|a class|two people .* three times)/;

describe.skipIf(reason !== undefined)('no draining on PostgreSQL', { timeout: 120_000 }, () => {
  for (const [title, run] of Object.entries(tierCases).filter(([title]) => chosen.test(title)))
    it(title, () => inProcesses(1, async ([app]) => run(app as TestApp)));

  it('counts a budget in two processes at once', () =>
    inProcesses(2, async (apps) => {
      const [one, other] = apps as [TestApp, TestApp];
      await stock(one, 4 * budget);
      const first = await giveFor(one, { from: '192.0.2.1', text: 'junk' });
      const give = (n: number) =>
        giveFor(n % 2 ? one : other, { from: '192.0.2.1', text: `junk ${n}`, giver: first.giver });
      const junk = await Promise.all(Array.from({ length: 6 * budget }, (_, n) => give(n)));
      expect((await drawTexts(one, [first, ...junk])).filter(isHonest)).toHaveLength(budget);
      expect(leftIn((await give(99)).answer)).toBe(0);
    }));
});
