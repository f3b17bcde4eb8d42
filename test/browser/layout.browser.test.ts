/** Animation and layout: the unwrapping, layout shifts, window and font sizes. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { untilStill } from '../setup/accessibility.ts';
import { png } from '../setup/files.ts';
import { chooseFiles } from '../setup/offer.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const arrived = 'This came from a stranger.';
const waits = 'Yours is on the shelf';
const phone: BrowserContextOptions = { viewport: { width: 360, height: 780 } };
const desktop: BrowserContextOptions = { viewport: { width: 1000, height: 860 } };

const visitors = createVisitors();

const { visit } = visitors;

/** A visitor who has received another visitor's file. */
async function receiver(options: BrowserContextOptions = {}, script = ''): Promise<Visitor> {
  const [ada, ben] = [await visit(), await visit({ ...options, script })];
  await ada.give('a note.txt', 'Ada was here.');
  await ada.sees(waits);
  await ben.give('from ben.txt', 'Ben was here.');
  await ben.sees(arrived);
  return ben;
}

const link = (page: Page) => page.getByRole('link', { name: 'Save the file' });
const isOpen = (page: Page) => link(page).isVisible();
const opened = (page: Page) => link(page).waitFor();
const focused = (page: Page) => page.evaluate('document.activeElement.tagName');

/** The first step of the animation never ends, as in a throttled tab: only skipping continues. */
const frozenTimer = `{
  const start = window.setTimeout;
  window.setTimeout = (task, after, ...rest) =>
    after === 350 ? 0 : start(task, after, ...rest);
}`;

/** The tab is hidden until the test shows it. */
const hiddenTab = `Object.defineProperty(document, 'visibilityState', {
  get: () => (window.isSeen ? 'visible' : 'hidden'),
})`;

describe('the unwrapping', () => {
  it('ends by itself, with the focus on the heading', async () => {
    const { page } = await receiver();
    await opened(page);
    expect(await focused(page)).toBe('H2');
    expect(await page.getByText('Unwrap it now').count()).toBe(0);
  });

  it.each(['Enter', 'Space', 'Escape'])('is skipped by %s', async (key) => {
    const { page } = await receiver({}, frozenTimer);
    await page.getByText('Unwrap it now').waitFor();
    expect(await isOpen(page)).toBe(false);
    await page.keyboard.press(key);
    await opened(page);
    expect(await focused(page)).toBe('H2');
    // The sheet is scrolled to its top, and not further by the key.
    expect(await topOf(page.locator('.sheet'))).toBeLessThanOrEqual(17);
    expect(await topOf(page.locator('.sheet'))).toBeGreaterThanOrEqual(0);
  });

  it.each(['.parcel', '.wrapping > button', 'h1'])('is skipped by a click on %s', async (place) => {
    const { page } = await receiver({}, frozenTimer);
    await page.locator(place).click();
    await opened(page);
    expect(await focused(page)).toBe('H2');
  });

  it('leaves the focus where it is if that is elsewhere', async () => {
    const { page } = await receiver({}, frozenTimer);
    await page.getByRole('link', { name: 'For scripts' }).focus();
    await page.keyboard.press('Escape');
    await opened(page);
    expect(await focused(page)).toBe('A');
  });

  it('is left out with reduced motion', async () => {
    const { page } = await receiver({ reducedMotion: 'reduce' }, frozenTimer);
    await opened(page);
    expect(await focused(page)).toBe('H2');
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  });

  it('waits until the page is visible', async () => {
    const { page } = await receiver({}, hiddenTab);
    await page.getByText('Unwrap it now').waitFor();
    expect(await isOpen(page)).toBe(false);
    await page.evaluate(`window.isSeen = true; document.dispatchEvent(new Event('visibilitychange'))`);
    await opened(page);
  });

  it('announces the delivery at once', async () => {
    const { page } = await receiver({}, frozenTimer);
    const announcement = page.getByRole('status').filter({ hasText: arrived });
    expect(await announcement.count()).toBe(1);
    expect(await isOpen(page)).toBe(false);
  });
});

const boxOf = async (part: Locator) => (await part.boundingBox()) as { y: number; height: number };
const topOf = async (part: Locator) => (await boxOf(part)).y;

describe('the reveal', () => {
  it.each([
    ['phone', { width: 390, height: 844 }],
    ['desktop', { width: 1280, height: 800 }],
  ])('shows name, file and actions on the first screen of a %s', async (_device, viewport) => {
    const [ada, ben] = [await visit(), await visit({ viewport })];
    await ada.give('tall.png', png(600, 1800), 'image/png');
    await ada.sees(waits);
    await ben.page.evaluate('scrollTo(0, 400)');
    await ben.give('from ben.txt', 'Ben was here.');
    const picture = ben.page.locator('.preview img');
    await picture.waitFor();
    await expect.poll(() => topOf(ben.page.locator('.sheet'))).toBeLessThanOrEqual(17);
    await untilStill(ben.page);
    const parcel = await boxOf(ben.page.locator('.parcel'));
    expect(parcel.height).toBeLessThanOrEqual(72);
    const name = ben.page.locator('.card .file-name');
    expect(Math.abs((await topOf(name)) - parcel.y)).toBeLessThanOrEqual(72);
    const { y, height } = await boxOf(picture);
    expect(height).toBeLessThanOrEqual(viewport.height * 0.6);
    expect(height).toBeGreaterThan(viewport.height * 0.4);
    expect(y + height).toBeLessThanOrEqual(viewport.height);
    const save = await boxOf(link(ben.page));
    expect(save.y + save.height).toBeLessThanOrEqual(viewport.height);
    // The actions stay at the bottom edge while the rest is read.
    const small = { ...viewport, height: 500 };
    await ben.page.setViewportSize(small);
    await ben.page.evaluate('scrollTo(0, 0)');
    const stuck = await boxOf(link(ben.page));
    expect(stuck.y + stuck.height).toBeLessThanOrEqual(small.height);
    expect(await ben.page.getByText('Get a stranger’s.').count()).toBe(0);
  });
});

/** Sums the layout shifts without recent input (web.dev/cls). */
const watchShifts = `
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries())
      if (!hadRecentInput) window.shifts.push(value);
  }).observe({ type: 'layout-shift', buffered: true });
`;

describe('the page', () => {
  it.each([
    ['phone', phone],
    ['desktop', desktop],
  ])('causes no layout shift from waiting to arrival on a %s', async (_device, options) => {
    const [ada, ben] = [await visit({ ...options, script: watchShifts }), await visit()];
    await ada.give('from ada.txt', 'Ada was here.\n'.repeat(20));
    await ada.sees(waits);
    await ada.page.evaluate('window.shifts.length = 0');
    await ben.give('from ben.txt', 'Ben was here.\n'.repeat(20));
    await opened(ada.page);
    await ada.page.getByText('Ben was here.').first().waitFor();
    const shifts = (await ada.page.evaluate('window.shifts')) as number[];
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThanOrEqual(0.05);
  });

  it('has header and footer beside its main part, as landmarks', async () => {
    const { page } = await visit();
    await page.getByRole('main').waitFor();
    // Within the main part they would be no landmarks (HTML-AAM).
    for (const role of ['banner', 'main', 'contentinfo'] as const)
      expect([role, await page.getByRole(role).count()]).toEqual([role, 1]);
  });

  it.each([
    ['320 px wide', 320, 16],
    ['with text twice as large', 640, 32],
    ['with text twice as large on a phone', 360, 32],
  ])('never scrolls sideways %s', async (_what, width, letters) => {
    const options = { viewport: { width, height: 780 } };
    const [ada, ben] = [await visit(options), await visit(options)];
    for (const direction of ['ltr', 'rtl']) {
      const fit = { direction, letters };
      expect(await overflow(ada.page, fit)).toBe(0);
    }
    await ada.give(`${'a-name-without-any-space'.repeat(5)}.txt`, 'Ada');
    await ada.sees(waits);
    await ben.give('ben.txt', 'Ben');
    await ben.sees('Save the file');
    for (const direction of ['ltr', 'rtl']) {
      expect(await overflow(ben.page, { direction, letters })).toBe(0);
    }
    const eve = await visit(options);
    await eve.give('eve.txt', 'Eve');
    await eve.sees(waits);
    expect(await overflow(eve.page, { direction: 'ltr', letters })).toBe(0);
  });
});

describe('narrow windows', () => {
  it('have room for the way back of a file that is thrown away', async () => {
    const { page, button, sees } = await receiver({ viewport: { width: 390, height: 844 } });
    await button('Throw it away').click();
    await sees('Thrown away');
    const sheet = await widthOf(page.locator('.sheet'));
    expect(await widthOf(page.locator('.sheet .actions'))).toBeGreaterThan(sheet * 0.8);
    const [undo, leave] = [button('Undo'), button('Give another')];
    expect(Math.abs((await topOf(undo)) - (await topOf(leave)))).toBeLessThanOrEqual(1);
  });

  it('have room for a name where text is twice as large', async () => {
    const options = { viewport: { width: 390, height: 844 } };
    const [ada, ben] = [await visit(options), await visit(options)];
    const fit = { direction: 'ltr', letters: 32 };
    await ada.choose('r2.txt', 'Ada');
    expect(await overflow(ada.page, fit)).toBe(0);
    expect(await widthOf(ada.page.locator('.offered-one input'))).toBeGreaterThan(200);
    await ada.button('Give it').click();
    await ada.sees(waits);
    await chooseFiles(
      ben.page,
      ['y1.txt', 'y2.txt'].map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) })),
    );
    await ben.sees('Give these 2 files?');
    expect(await overflow(ben.page, fit)).toBe(0);
    expect(await linesOf(ben.page.locator('.offered .file-name').first())).toBe(1);
    await ben.button('Leave y2.txt out').click();
    await ben.button('Give it').click();
    await opened(ben.page);
    expect(await linesOf(ben.page.locator('.card .file-name bdi'))).toBe(1);
  });
});

const widthOf = async (part: Locator) => (await part.boundingBox())?.width ?? 0;
const linesOf = (part: Locator) => part.evaluate((one) => one.getClientRects().length);

interface Fit {
  readonly direction: string;
  readonly letters: number;
}

/** Pixels by which the page is wider than its window. */
async function overflow(page: Page, { direction, letters }: Fit): Promise<unknown> {
  return page.evaluate(`{
    const root = document.documentElement;
    root.dir = '${direction}';
    root.style.fontSize = '${letters}px';
    root.scrollWidth - root.clientWidth;
  }`);
}
