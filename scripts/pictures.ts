/** Takes the screenshots of README and docs: `npm run pictures`. Starts the built service and opens visitors. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createClient } from '../src/contract/client.ts';
import { findBrowser, launchChromium } from '../test/setup/chromium.ts';
import { wav } from '../test/setup/files.ts';
import { chooseFiles, confirmOffer, giveUnlessRefused } from '../test/setup/offer.ts';
import { startService } from '../test/setup/service.ts';

const folder = join(import.meta.dirname, '../docs/pictures');

const desktop: BrowserContextOptions = { viewport: { width: 1000, height: 1380 } };
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 1.5,
  isMobile: true,
  hasTouch: true,
};

/** Drawn here, so that it is free of rights. */
const sea = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="500" viewBox="0 0 960 600">
  <rect width="960" height="600" fill="#f3d9b8"/><circle cx="700" cy="250" r="84" fill="#e2785a"/>
  <path d="M0 330q120-26 240 0t240 0 240 0 240 0v270H0z" fill="#5b8f99"/>
  <path d="M0 390q120-30 240 0t240 0 240 0 240 0v210H0z" fill="#3f6f7d"/>
  <path d="M0 490q200-50 480-10t480-10v130H0z" fill="#d8b98a"/>
  <path d="M310 330 380 190v140zM392 330V170l88 160zM290 344h210q-20 40-60 40H340q-36 0-50-40z" fill="#fffaf0"/>
</svg>`;

interface PictureFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const file = (name: string, bytes = name): PictureFile => ({
  name,
  mimeType: '',
  buffer: Buffer.from(bytes),
});
/** Files of growing size, in kilobytes. */
const filesOf = (start: string, kilobytes: number, ...names: string[]) =>
  names.map((name, at) => file(name, `${start}${name}`.padEnd(kilobytes * 1000 * (at + 1), '.')));

/** The pool's files: some of every kind, and many of some kinds. */
const poolFiles: readonly PictureFile[] = [
  ...filesOf('', 2, 'a recipe for rain.txt', 'letter to nobody.txt', 'things I forgot.txt'),
  ...filesOf('GIF89a', 90, 'our cat.gif', 'the bridge.gif', 'tomatoes.gif', 'fog.gif', 'a door.gif'),
  ...filesOf('%PDF-1.7\n', 140, 'timetable.pdf', 'how to fold a hat.pdf'),
  ...filesOf('print("hello, whoever you are")\n# ', 1, 'hello.py', 'clock.py'),
  { ...file('the kettle.wav'), buffer: Buffer.from(wav()) },
  file('old photographs.zip', 'PK\x05\x06'.padEnd(22, '\0')),
];

const service = await startService({ RATE_LIMIT: 'off' });
const browser = await launchChromium(await findBrowser());
try {
  await mkdir(folder, { recursive: true });
  const picture = { ...file('sunday by the sea.png'), buffer: await render(browser, sea) };
  await takeExchanges(browser, picture);
  await fillPool();
  await takePool(browser);
} finally {
  await browser.close();
  await service.stop();
}

/** A visitor waits and receives an image; the history shows it. */
async function takeExchanges(browser: Browser, picture: PictureFile): Promise<void> {
  const phoneVisitor = await visit(browser, phone);
  await give(phoneVisitor, file('a walk.txt', 'We walked until the lamps were lit.\n'));
  await waitForText(phoneVisitor, 'Yours is on the shelf');
  await takePicture(phoneVisitor, 'waiting-phone');
  const giver = await visit(browser, phone);
  await chooseFiles(giver, picture);
  await waitForText(giver, 'Give this file?');
  await takePicture(giver, 'offered-phone');
  await confirmOffer(giver);
  await waitForText(phoneVisitor, 'Save the file');
  await takePicture(phoneVisitor, 'arrived-phone', '.sheet');
  await saveAndThank(giver);
  await saveAndThank(phoneVisitor);
  await phoneVisitor.getByRole('button', { name: 'Give another' }).click();

  for (const [name, options] of [
    ['arrived-desk', desktop],
    ['arrived-dark', { ...phone, colorScheme: 'dark' }],
  ] as const) {
    const one = await visit(browser, options);
    await give(one, file(`${name}.txt`));
    await waitForText(one, 'Yours is on the shelf');
    const buffer = Buffer.concat([picture.buffer, Buffer.from(name)]);
    await give(await visit(browser, phone), { ...picture, buffer });
    await waitForText(one, 'Save the file');
    await takePicture(one, name, '.sheet');
  }

  await give(phoneVisitor, file('a song about trains.txt'));
  await waitForText(phoneVisitor, 'Yours is on the shelf');
  await phoneVisitor.getByRole('link', { name: /^My exchanges/ }).click();
  await waitForText(phoneVisitor, 'A stranger sends thanks');
  await takePicture(phoneVisitor, 'mine-phone');
  await phoneVisitor.getByRole('button', { name: 'Take my file back' }).click();
  await waitForText(phoneVisitor, 'Withdrawn');
}

async function fillPool(): Promise<void> {
  const client = createClient(service.url);
  for (const { name, buffer } of poolFiles) await client.upload({ name, bytes: new Blob([Uint8Array.from(buffer)]) });
}

/** The pool is full, and a visitor gives many files. */
async function takePool(browser: Browser): Promise<void> {
  const ada = await visit(browser, desktop);
  await waitForText(ada, `${poolFiles.length} files`);
  await takePicture(ada, 'counter-desk', 'header', true);
  const arabic = await visit(browser, { ...phone, locale: 'ar-EG' });
  await arabic.locator('.packed').first().waitFor();
  await takePicture(arabic, 'counter-arabic');
  const twice = 'Dear stranger,\nhere is what we had for dinner.\n';
  await chooseFiles(ada, [
    ...filesOf('GIF89a', 70, 'the garden.gif', 'a heron.gif'),
    file('dinner.txt', twice),
    file('dinner (copy).txt', twice),
    file('setup.exe'),
  ]);
  // These are only the beginnings of images, which cannot be cleaned.
  await ada.getByLabel('Remove place and camera data').uncheck();
  await confirmOffer(ada);
  await waitForText(ada, '3 of 5 given, 1 refused, 1 duplicate');
  await takePicture(ada, 'many-desk', 'header', true);
}

async function render(browser: Browser, drawing: string): Promise<Buffer> {
  const page = await browser.newPage();
  await page.setContent(drawing);
  const bytes = await page.locator('svg').screenshot();
  await page.close();
  return bytes;
}

async function visit(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  // A headless browser denies notifications; most other browsers ask first.
  await page.addInitScript("Object.defineProperty(Notification, 'permission', { value: 'default' })");
  await page.goto(service.url);
  return page;
}

function give(page: Page, ...files: PictureFile[]): Promise<void> {
  return giveUnlessRefused(page, () => chooseFiles(page, files));
}

function waitForText(page: Page, words: string): Promise<void> {
  return page.locator('#page').getByText(words).and(page.locator(':not([role=status])')).first().waitFor();
}

async function saveAndThank(page: Page): Promise<void> {
  await waitForText(page, 'Save the file');
  await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Save the file' }).click()]);
  await page.getByRole('button', { name: 'heart' }).click();
  await page.getByText('Choose another to change it.').waitFor();
}

/** Takes a screenshot of the window from an element on, or of the whole page. */
async function takePicture(page: Page, name: string, from = 'header', isWhole = false): Promise<void> {
  const preview = page.locator('.preview');
  // A stranger's picture is covered at first.
  if (await preview.isVisible()) await page.getByRole('button', { name: 'Show picture' }).click();
  if (await preview.isVisible()) await preview.locator('img, canvas').first().waitFor();
  await page.evaluate('document.fonts.ready');
  await page.locator(from).evaluate((thing) => thing.scrollIntoView());
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: isWhole });
}
