/** A giver learns why a file was removed, and appeals once. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { accessibilityViolations } from '../setup/accessibility.ts';
import { askDesk, deskToken } from '../setup/desk.ts';
import { entryOf, focusedText, openHistory, waitForText } from '../setup/history-page.ts';
import { createVisitors } from '../setup/visitors.ts';

const visitors = createVisitors({ settings: { ADMIN_TOKEN: deskToken } });

const text = 'Ada was here.';
const hash = createHash('sha256').update(text).digest('hex');

async function decide(decision: object): Promise<void> {
  const { status, json } = await askDesk(visitors.url, `reports/${hash}/decision`, decision);
  expect([status, json]).toMatchObject([200, { sha256: hash }]);
}

it('a removal is explained to the giver, whose appeal brings the file back', async () => {
  const ada = await visitors.visit();
  await ada.give('from ada.txt', text);
  await ada.sees('You get the next file somebody gives.');
  await openHistory(ada);
  const hers = entryOf(ada, 'from ada.txt');
  await decide({ action: 'remove', ground: 'illegal', rule: 'Nothing by Ada.' });
  await hers.getByText('Why was it removed?').click();
  await waitForText(hers, 'A person removed it: it shows or does what the law forbids.');
  await waitForText(hers, 'Nothing by Ada.');
  expect(await accessibilityViolations(ada.page)).toEqual([]);

  await hers.getByLabel('Was that a mistake?').fill('It only says hello.');
  await hers.getByText('Why was it removed?').click();
  await decide({ action: 'remove', ground: 'illegal', rule: 'Nothing about Ada.' });
  await hers.getByText('Why was it removed?').click();
  await waitForText(hers, 'Nothing about Ada.');
  expect(await hers.getByLabel('Was that a mistake?').inputValue()).toBe('It only says hello.');
  await hers.getByRole('button', { name: 'Appeal' }).click();
  await waitForText(hers, 'You have appealed.');
  await focusedText(ada).toContain('A person removed it');
  expect(await hers.getByRole('button', { name: 'Appeal' }).count()).toBe(0);

  await decide({ action: 'approve' });
  await waitForText(hers, 'On the shelf, waiting for a stranger.');
  expect(await hers.getByText('Why was it removed?').count()).toBe(0);
});
