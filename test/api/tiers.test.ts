/** No draining: what a party that gives many files obtains, and that people do not notice the limits against it. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closingApps } from '../setup/closing-apps.ts';
import { auditOf } from '../setup/gift-samples.ts';
import { openTestApp } from '../setup/test-app.ts';
import { budget, giveFor, leftIn, tierCases, tierSettings } from './tier-cases.ts';

const open = closingApps();

describe('no draining', { timeout: 120_000 }, () => {
  for (const [title, run] of Object.entries(tierCases))
    it(title, async () => {
      const app = await open(tierSettings);
      await run(app);
      await auditOf(app);
    });

  it('counts the budget of a day across restarts, and a new one the next day', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rfx-tiers-'));
    const app = await openTestApp(tierSettings, {}, folder);
    const from = '192.0.2.1';
    for (let n = 0; n < budget - 1; n++) await giveFor(app, { from, text: `before ${n}` });
    await app.close();
    const again = await open(tierSettings, {}, folder);
    expect(leftIn((await giveFor(again, { from, text: 'after' })).answer)).toBe(0);
    await again.advanceTime(24 * 3_600_000);
    expect(leftIn((await giveFor(again, { from, text: 'next day' })).answer)).toBe(budget - 1);
  });

  it('has no budgets if RATE_LIMIT is off', async () => {
    const app = await open({ ...tierSettings, RATE_LIMIT: 'off' });
    const { answer } = await giveFor(app, { from: '192.0.2.1', text: 'a' });
    expect(answer.headers.has('ratelimit')).toBe(false);
  });
});
