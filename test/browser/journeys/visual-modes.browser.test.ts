/** Every state in dark mode, with forced colours, and with text twice as large. */
import type { BrowserContextOptions } from 'playwright-core';
import { expect, it } from 'vitest';
import { createClient } from '../../../src/contract/client.ts';
import { expectAccessible } from '../../setup/accessibility.ts';
import { openHistory, waitForText } from '../../setup/history-page.ts';
import { createVisitors, desktop, isConnectionFault, phone } from '../../setup/visitors.ts';

const visitors = createVisitors({ isExpected: isConnectionFault });
const { visit } = visitors;

const largeText = `addEventListener('DOMContentLoaded', () => {
  document.documentElement.style.fontSize = '32px';
})`;

const modes: readonly (readonly [string, BrowserContextOptions, string])[] = [
  ['in dark mode, on a phone', { ...phone, colorScheme: 'dark' }, ''],
  ['in dark mode, on a desktop', { ...desktop, colorScheme: 'dark' }, ''],
  ['with forced colours', { ...desktop, forcedColors: 'active' }, ''],
  ['with forced colours, in dark mode', { ...phone, forcedColors: 'active', colorScheme: 'dark' }, ''],
  ['with text twice as large, on a phone', phone, largeText],
  ['with text twice as large, on a desktop', { viewport: { width: 1000, height: 800 } }, largeText],
];

it.each(modes)('every state is accessible %s', async (_whose, options, script) => {
  const ada = await visit({ ...options, script });
  const look = (state: string) => expectAccessible(ada.page, state);
  const client = createClient(visitors.url);
  await ada.sees('Be the first: ');
  await ada.give('empty.txt', '');
  await ada.sees('That file is empty');
  await look('idle, refused');
  await ada.give('first.txt', 'first');
  await ada.sees('Yours is on the shelf');
  await look('waiting');
  await ada.paste('second.txt', 'setup.exe');
  await ada.sees('2 of 3 given, 1 refused');
  await look('many');
  const list = await openHistory(ada);
  await waitForText(list, 'first.txt');
  await list.getByRole('button', { name: 'Erase this list' }).click();
  await waitForText(list, 'Erase all 2 entries');
  await look('my exchanges');
  await ada.button('Start page').click();
  await client.give({ name: 'from ben.ts', bytes: new Blob(['const ben = 42; // here']) });
  await ada.button('Get the first file').click();
  await ada.page.locator('.preview .of-keyword').waitFor();
  await look('arrived');
  await ada.page.getByText('Report this file').click();
  await ada.button('Send the report').click();
  await ada.sees('Choose what is wrong with it first.');
  await look('reporting');
  expect(await client.poolStats()).toMatchObject({ given_total: 3, delivered_total: 1 });
});
