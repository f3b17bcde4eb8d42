/** Every journey by keyboard alone: each key has an effect, and the focus is always visible. */
import { expect, it } from 'vitest';
import { createClient } from '../../../src/contract/client.ts';
import { entryOf, eventually, waitForText } from '../../setup/history-page.ts';
import type { Visitor } from '../../setup/visitor.ts';
import { createVisitors, isConnectionFault } from '../../setup/visitors.ts';

const visitors = createVisitors({ isExpected: isConnectionFault });
const { visit } = visitors;

/** The first step of the animation never ends: only skipping continues. */
const frozenTimer = `{
  const start = window.setTimeout;
  window.setTimeout = (task, after, ...rest) =>
    after === 350 ? 0 : start(task, after, ...rest);
}`;

/** The focused element, and whether a focus ring marks it. */
const describeFocus = `(() => {
  const here = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(here);
  const { width, height } = here.getBoundingClientRect();
  const isMarked = here.matches(':focus-visible') && outlineStyle !== 'none';
  return {
    tag: here.tagName,
    text: (here.getAttribute('aria-label') ?? here.textContent).trim(),
    isVisible: isMarked && Number.parseFloat(outlineWidth) >= 2 && width > 0 && height > 0,
  };
})()`;

interface Focus {
  readonly tag: string;
  readonly text: string;
  readonly isVisible: boolean;
}

/** The keyboard of a visitor. */
function keysOf({ page }: Visitor) {
  const focus = () => page.evaluate<Focus>(describeFocus);
  /** Waits until an element with this text has a visible focus. */
  const isAt = (tag: string, text: string) =>
    eventually(focus).toMatchObject({ tag, text: expect.stringContaining(text), isVisible: true });
  const press = (key: string) => page.keyboard.press(key);
  /** Presses a key until an element with this text has the focus; each stop on the way must be visible. */
  const goTo = async (text: string, key = 'Tab') => {
    const seen: string[] = [];
    for (let left = 30; left > 0; left--) {
      await press(key);
      const here = await focus();
      // Between the last and the first element the focus is in the browser's own controls.
      if (here.tag === 'BODY') continue;
      expect(here).toMatchObject({ isVisible: true });
      if (here.text.includes(text)) return;
      seen.push(here.text.slice(0, 30));
    }
    throw new Error(`The ${key} key does not lead to "${text}", but to: ${seen.join(', ')}`);
  };
  const choose = async (name: string) => {
    // Wait for the event before the key: the browser takes a moment until it reports file choosers.
    const picking = page.waitForEvent('filechooser');
    await goTo('Drop a file here.');
    await press('Enter');
    const buffer = Buffer.from(`from ${name}`);
    await (await picking).setFiles({ name, mimeType: 'text/plain', buffer });
    await isAt('BUTTON', 'Give it');
    await press('Enter');
  };
  return { isAt, press, goTo, choose };
}

/** A text long enough to scroll. */
const story = 'We walked until the lamps were lit.\n'.repeat(400);

it('gives and withdraws a file, gives again, unwraps and saves the delivery, thanks and reports', async () => {
  const ada = await visit({ script: frozenTimer });
  const { isAt, press, goTo, choose } = keysOf(ada);
  await ada.sees('Be the first: ');
  await choose('first.txt');
  await isAt('H2', 'Yours is on the shelf');
  await goTo('Take my file back');
  await press('Enter');
  await ada.sees('Your file is off the shelf again');
  await isAt('BUTTON', 'Drop a file here.');
  await press('Shift+Tab');
  await choose('second.txt');
  await isAt('H2', 'Yours is on the shelf');

  await createClient(visitors.url).give({ name: 'a story.txt', bytes: new Blob([story]) });
  await isAt('H2', 'This came from a stranger.');
  await ada.sees('Unwrap it now');
  await press('Space');
  await ada.sees('Save the file');
  await isAt('H2', 'This came from a stranger.');
  // The sheet is scrolled to its top, and not further by the key.
  const sheet = await ada.page.locator('.sheet').boundingBox();
  expect(sheet?.y).toBeGreaterThanOrEqual(0);
  await goTo('The text of the file');
  await press('End');
  const scrolled = "document.activeElement.scrollTop || document.activeElement.querySelector('pre')?.scrollTop";
  await eventually(() => ada.page.evaluate(scrolled)).toBeGreaterThan(0);
  await goTo('Save the file');
  const saving = ada.page.waitForEvent('download');
  await press('Enter');
  expect((await saving).suggestedFilename()).toBe('a story.txt');
  await isAt('A', 'Save it again');
  await goTo('Arrived complete');
  await press('Enter');
  await ada.sees('Every byte was compared');
  await goTo('heart');
  await press('Space');
  await ada.page.getByText('Choose another to change it.').waitFor();
  await isAt('BUTTON', 'heart');
  await goTo('Report this file');
  await press('Enter');
  await ada.sees('What is wrong with it?');
  await press('Tab');
  await isAt('INPUT', '');
  await press('ArrowDown');
  await press('Tab');
  await isAt('TEXTAREA', '');
  await ada.page.keyboard.type('It is not mine.');
  await goTo('Send the report');
  await press('Enter');
  await isAt('P', 'Thank you. Reported;');
  await goTo('Give another', 'Shift+Tab');
  await press('Space');
  await isAt('BUTTON', 'Drop a file here.');
});

it('opens the history, withdraws a gift there, and returns to the stage', async () => {
  const ada = await visit();
  const { isAt, press, goTo, choose } = keysOf(ada);
  await ada.sees('Be the first: ');
  await choose('mine.txt');
  await isAt('H2', 'Yours is on the shelf');
  await goTo('My exchanges', 'Shift+Tab');
  await press('Enter');
  await isAt('H2', 'My exchanges');
  await goTo('Take my file back');
  await press('Enter');
  await waitForText(entryOf(ada, 'mine.txt'), 'Withdrawn');
  await isAt('H3', 'mine.txt');
  await press('Escape');
  await isAt('A', 'My exchanges');
  await ada.sees('Drop a file here.');
});

it('gives many files, dismisses one, and opens one delivery', async () => {
  const ada = await visit();
  const { isAt, press, goTo } = keysOf(ada);
  await createClient(visitors.url).give({ name: 'theirs.txt', bytes: new Blob(['theirs']) });
  await ada.sees('1 file, ');
  const picking = ada.page.waitForEvent('filechooser');
  await goTo('Drop a file here.');
  await press('Space');
  const files = ['one.txt', 'two.txt', 'setup.exe'];
  await (await picking).setFiles(files.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) })));
  await isAt('BUTTON', 'Give all 2');
  await press('Enter');
  await ada.sees('2 of 3 given, 1 refused');
  await isAt('H2', 'given');
  await goTo('Dismiss');
  await press('Enter');
  await isAt('LI', 'two.txt');
  await goTo('Get the first file', 'Shift+Tab');
  await press('Enter');
  await ada.sees('theirs.txt');
  await isAt('H2', 'This came from a stranger.');
});

it('changes the language, and the focus stays', async () => {
  const ada = await visit();
  const { isAt, press, goTo } = keysOf(ada);
  await goTo('English');
  await press('ArrowDown');
  await eventually(() => ada.page.evaluate('document.documentElement.lang')).toBe('de');
  await isAt('SELECT', 'Deutsch');
});
