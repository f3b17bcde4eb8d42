import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/contract/client.ts';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const visitors = createVisitors();
const { visit } = visitors;

let client: Client;
beforeEach(() => {
  client = createClient(visitors.url);
});

const phone: BrowserContextOptions = { viewport: { width: 360, height: 740 } };
const desktop: BrowserContextOptions = { viewport: { width: 1000, height: 860 } };

/** Each file is different: a giver's own bytes are never drawn for them. */
const upload = (name: string, start = '') => client.upload({ name, bytes: new Blob([`${start}${name}`]) });

const giveSome = async () => {
  for (const name of ['one.txt', 'two.txt', 'three.txt']) await upload(name, 'Text: ');
  await upload('four.pdf', '%PDF-1.7\n');
  await upload('five.gif', 'GIF89a');
};

const takeOne = async () => {
  const answer = await fetch(`${visitors.url}/api/download`);
  await answer.arrayBuffer();
};

/** The text under the bays, as a screen reader reads it. */
const bays = (page: Page) => page.locator('.shelves li').allTextContents();
const nothing = ['text', 'PDF', 'image', 'document', 'audio', 'video', 'archive', 'code', 'other'].map(
  (kind) => `${kind} none`,
);

/** Number of parcels in each bay. */
const drawn = (page: Page): Promise<number[]> =>
  page.evaluate(`[...document.querySelectorAll('.shelves li')].map((bay) => bay.querySelectorAll('.packed').length)`);

describe('the shelves', () => {
  it('show changes by kind, without a reload', async () => {
    const ada = await visit();
    await ada.sees('Be the first: ');
    expect(await bays(ada.page)).toEqual([]);
    expect(await ada.page.locator('.cat').count()).toBe(1);
    expect(await ada.button('Just take one without giving').count()).toBe(0);
    await ada.page.getByText('Invite somebody').click();
    await ada.sees(`${visitors.url}/`);
    await ada.page.getByRole('img', { name: 'QR code of this address' }).waitFor();
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.page.evaluate('window.sameAsBefore = true');

    await giveSome();
    await expect.poll(() => bays(ada.page)).toEqual(['text 3', 'PDF 1', 'image 1', ...nothing.slice(3)]);
    expect(await drawn(ada.page)).toEqual([3, 1, 1, 0, 0, 0, 0, 0, 0]);
    await ada.sees('5 files, ');
    await ada.sees('One parcel stands for one file.');

    await takeOne();
    await ada.sees('4 files, ');
    const parcels = await drawn(ada.page);
    expect(parcels.reduce((sum, count) => sum + count)).toBe(4);
    await ada.sees('5 files given so far; 1 reached a stranger.');
    expect(await ada.page.evaluate('window.sameAsBefore')).toBe(true);
  });

  it('use a coarser scale for many files', async () => {
    const ada = await visit();
    for (let number = 0; number < 25; number++) await upload(`${number}.txt`, 'Text: ');
    await upload('last.pdf', '%PDF-1.7\n');
    await ada.sees('One parcel stands for up to 5 files.');
    await expect.poll(() => bays(ada.page)).toEqual(['text 25', 'PDF 1', ...nothing.slice(2)]);
    expect(await drawn(ada.page)).toEqual([5, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('animate new parcels only without reduced motion', async () => {
    const [ada, ben] = [await visit(), await visit({ reducedMotion: 'reduce' })];
    await upload('one.txt', 'Text: ');
    const motionOf = async ({ page }: Visitor) => {
      await page.locator('.packed').waitFor();
      return page.evaluate(`{
        const { animationName, animationDuration } = getComputedStyle(document.querySelector('.packed'));
        [animationName, Number.parseFloat(animationDuration)];
      }`);
    };
    expect(await motionOf(ada)).toEqual(['slide-in', 0.22]);
    expect(await motionOf(ben)).toEqual(['none', 0]);
  });
});

describe('the last day', () => {
  it('is told in words and as a chart, hour by hour', async () => {
    const ada = await visit({ timezoneId: 'UTC' });
    await upload('one.txt', 'Text: ');
    await ada.sees('Last 24 hours: 1 given, 0 reached a stranger.');
    await giveSome();
    await takeOne();
    await ada.page.getByText(/^Last 24 hours: 6 given, 1 reached a stranger; most at \d{1,2}:00 [AP]M\.$/).waitFor();
    for (const path of ['given', 'delivered'])
      expect(await ada.page.locator(`.day-hours .${path}`).getAttribute('d')).toMatch(/^M[\d.]/);
  });

  it("uses the visitor's time zone", async () => {
    const ada = await visit({ timezoneId: 'Asia/Kolkata' });
    for (const name of ['one.txt', 'two.txt']) await upload(name, 'Text: ');
    await takeOne();
    await ada.page.getByText(/1 reached a stranger; most at \d{1,2}:30 [AP]M\.$/).waitFor();
  });

  it('is available as a table', async () => {
    const ada = await visit();
    await giveSome();
    await takeOne();
    await ada.sees('4 files, ');
    expect(await ada.page.getByRole('table').count()).toBe(0);
    await ada.page.getByText('All figures').click();
    const [kinds = '', hours = ''] = await ada.page.getByRole('table').allInnerTexts();
    expect(kinds).toMatch(/^On the shelf by kind\s+Kind\s+Files\s+Size\s/);
    expect(hours).toMatch(/AM|PM/);
    await upload('six.zip', 'PK\x05\x06'.padEnd(22, '\0'));
    await ada.page.getByRole('row', { name: 'archive 1' }).waitFor();
  });
});

describe("the pool's statistics", () => {
  it.each([
    ['a phone', phone],
    ['a desktop', desktop],
  ])('cause no layout shift on %s while the figures change', async (_, options) => {
    const ada = await visit(options);
    await ada.page.addInitScript(`{
      window.shifted = 0;
      new PerformanceObserver((list) => {
        for (const { value } of list.getEntries()) window.shifted += value;
      }).observe({ type: 'layout-shift', buffered: true });
    }`);
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await ada.page.route('**/api/pool/events', async (route) => {
      await held;
      await route.continue();
    });
    await ada.page.reload();
    await ada.sees('Counting …');
    const before = await heights(ada.page);
    letGo();
    await ada.sees('Be the first: ');
    await giveSome();
    await takeOne();
    await ada.sees('4 files, ');
    expect(await heights(ada.page)).toEqual(before);
    expect(await ada.page.evaluate('window.shifted')).toBeLessThanOrEqual(0.05);
  });

  it.each(['light', 'dark'] as const)('are accessible in %s mode', async (colorScheme) => {
    const ada = await visit({ ...phone, colorScheme });
    await ada.sees('Be the first: ');
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    for (const contrast of await contrastsOfHues(ada.page)) expect(contrast).toBeGreaterThan(3);
    await giveSome();
    await takeOne();
    await ada.sees('4 files, ');
    await ada.page.getByText('All figures').click();
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(await ada.page.locator('.pool :is([aria-live], [role=status], output)').count()).toBe(0);
  });

  it('fit a narrow window, large text and right-to-left', async () => {
    const ada = await visit({ viewport: { width: 320, height: 640 } });
    await giveSome();
    await ada.sees('5 files, ');
    await ada.page.getByText('All figures').click();
    expect(await horizontalOverflow(ada.page)).toBe(0);
    await ada.page.evaluate(`document.documentElement.dir = 'rtl'`);
    expect(await horizontalOverflow(ada.page)).toBe(0);
    const [first, second] = await ada.page.locator('.shelves li').all();
    const x = async (bay: typeof first) => (await bay?.boundingBox())?.x ?? 0;
    expect(await x(first)).toBeGreaterThan(await x(second));
    await ada.page.evaluate(`document.documentElement.style.fontSize = '200%'`);
    const pool = await ada.page.locator('.pool').evaluate((pool) => [pool.scrollWidth, pool.clientWidth]);
    expect(pool[0]).toBe(pool[1]);
  });
});

/**
 * Contrasts of the hues of kinds on the page by WCAG. Painted on a canvas first, because a style may write a colour in
 * many ways.
 */
async function contrastsOfHues(page: Page): Promise<number[]> {
  const [ground = 0, ...hues] = (
    (await page.evaluate(`{
      const style = getComputedStyle(document.documentElement);
      const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      ['--ground', ...[...style].filter((name) => name.startsWith('--kind-'))].map((name) => {
        brush.fillStyle = style.getPropertyValue(name);
        brush.fillRect(0, 0, 1, 1);
        return [...brush.getImageData(0, 0, 1, 1).data.slice(0, 3)];
      });
    }`)) as number[][]
  ).map(luminance);
  expect(hues).toHaveLength(9);
  return hues.map((hue) => (Math.max(hue, ground) + 0.05) / (Math.min(hue, ground) + 0.05));
}

function luminance([red = 0, green = 0, blue = 0]: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Boxes of the section and of its children, in order. */
const heights = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('.pool, .pool > *, .shelves > li')].map(
    (one) => Math.round(one.getBoundingClientRect().height))`);
