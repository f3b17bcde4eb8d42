/** From a report to the reversal of a removal, at the desk in a browser and on the page of the giver. */
import { expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { accessibilityViolations } from '../setup/accessibility.ts';
import { deskToken } from '../setup/desk.ts';
import { entryOf, openHistory, waitForText } from '../setup/history-page.ts';
import { startService } from '../setup/service.ts';
import { createVisitors } from '../setup/visitors.ts';

const visitors = createVisitors({ settings: { ADMIN_TOKEN: deskToken } });

/** A stranger draws the only file, and reports it before it has come. */
async function drawAndReport(): Promise<void> {
  const bob = createClient(visitors.url);
  const { ticket } = await bob.give({ name: 'from bob.txt', bytes: new Blob(['from bob']) });
  const delivery = await bob.draw(ticket);
  if (!delivery) throw new Error('there was nothing to draw');
  await bob.report(delivery, { reason: 'personal', note: 'That is <b>me</b>.' });
}

it('a report is decided by a key, explained, appealed against, and taken back', async () => {
  const ada = await visitors.visit();
  await ada.give('from ada.txt', 'Ada was here.');
  await ada.sees('You get the next file somebody gives.');
  await drawAndReport();

  const operator = await visitors.visit();
  const { page } = operator;
  const answer = await page.goto(`${visitors.url}/admin`);
  expect(answer?.headers()['content-security-policy']).toContain(
    "default-src 'none'; script-src 'self'; style-src 'self'",
  );
  await page.getByLabel('ADMIN_TOKEN').fill('a wrong one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await operator.sees('That is not the token of this exchange.');
  await page.getByLabel('ADMIN_TOKEN').fill(deskToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Files').selectOption('open');
  const card = page.getByRole('article', { name: 'from ada.txt' });
  await waitForText(card, 'That is <b>me</b>.');
  expect(await page.locator('img').count()).toBe(0);
  expect(await accessibilityViolations(page)).toEqual([]);

  // Letters of a text are no decisions.
  await card.getByLabel('Rule that the giver is told').pressSequentially('1 rule: au naturel.');
  expect(await card.getByRole('status').innerText()).toBe('open');
  await card.getByRole('button', { name: 'Undo' }).focus();
  await page.keyboard.press('3');
  await waitForText(card, 'removed by a person');

  await openHistory(ada);
  const hers = entryOf(ada, 'from ada.txt');
  await hers.getByText('Why was it removed?').click();
  await waitForText(hers, '1 rule: au naturel.');
  await hers.getByLabel('Was that a mistake?').fill('It is my own picture.');
  await hers.getByRole('button', { name: 'Appeal' }).click();
  await waitForText(hers, 'You have appealed.');

  await page.getByLabel('Files').selectOption('appealed');
  await waitForText(card, 'appealed by a person');
  await card.getByRole('button', { name: 'Undo' }).focus();
  await waitForText(card, 'It is my own picture.');
  await page.keyboard.press('a');
  await waitForText(card, 'approved by a person');
  await ada.page.goto(visitors.url);
  await openHistory(ada);
  await waitForText(hers, 'On the shelf, waiting for a stranger.');
  expect(await hers.getByText('Why was it removed?').count()).toBe(0);

  // The focus stays on the file, so that the next key takes the decision back.
  await page.keyboard.press('u');
  await waitForText(card, 'appealed by a person');
});

it('there is no desk without a token', async () => {
  const closed = await startService();
  expect((await fetch(`${closed.url}/admin`)).status).toBe(404);
  await closed.stop();
});
