/** Takes the pictures of the page that the README and docs show: `npm run pictures`. Starts the built service, plays strangers. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createClient } from '../src/contract/client.ts';
import { findBrowser, launchChromium } from '../test/setup/chromium.ts';
import { wav } from '../test/setup/files.ts';
import { startService } from '../test/setup/service.ts';

const folder = join(import.meta.dirname, '../docs/pictures');

const desk: BrowserContextOptions = { viewport: { width: 1000, height: 1380 } };
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 1.5,
  isMobile: true,
  hasTouch: true,
};

/** Drawn here, so that it is nobody's. */
const sea = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="500" viewBox="0 0 960 600">
  <rect width="960" height="600" fill="#f3d9b8"/><circle cx="700" cy="250" r="84" fill="#e2785a"/>
  <path d="M0 330q120-26 240 0t240 0 240 0 240 0v270H0z" fill="#5b8f99"/>
  <path d="M0 390q120-30 240 0t240 0 240 0 240 0v210H0z" fill="#3f6f7d"/>
  <path d="M0 490q200-50 480-10t480-10v130H0z" fill="#d8b98a"/>
  <path d="M310 330 380 190v140zM392 330V170l88 160zM290 344h210q-20 40-60 40H340q-36 0-50-40z" fill="#fffaf0"/>
</svg>`;

interface Given {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const file = (name: string, bytes = name): Given => ({
  name,
  mimeType: '',
  buffer: Buffer.from(bytes),
});
/** Of some size, as files have: so many kilobytes, and more with each. */
const named = (start: string, kilobytes: number, ...names: string[]) =>
  names.map((name, at) => file(name, `${start}${name}`.padEnd(kilobytes * 1000 * (at + 1), '.')));

/** What strangers left on the shelf: of every kind some, and of some kinds many. */
const shelf: readonly Given[] = [
  ...named('', 2, 'a recipe for rain.txt', 'letter to nobody.txt', 'things I forgot.txt'),
  ...named('GIF89a', 90, 'our cat.gif', 'the bridge.gif', 'tomatoes.gif', 'fog.gif', 'a door.gif'),
  ...named('%PDF-1.7\n', 140, 'timetable.pdf', 'how to fold a hat.pdf'),
  ...named('print("hello, whoever you are")\n# ', 1, 'hello.py', 'clock.py'),
  { ...file('the kettle.wav'), buffer: Buffer.from(wav()) },
  file('old photographs.zip', 'PK\x05\x06'.padEnd(22, '\0')),
];

const service = await startService({ RATE_LIMIT: 'off' });
const browser = await launchChromium(await findBrowser());
try {
  await mkdir(folder, { recursive: true });
  const picture = { ...file('sunday by the sea.png'), buffer: await drawn(browser, sea) };
  await takeExchanges(browser, picture);
  await fillShelf();
  await takeShelves(browser);
} finally {
  await browser.close();
  await service.stop();
}

/** Somebody waits, and gets a picture; their list tells of it. */
async function takeExchanges(browser: Browser, picture: Given): Promise<void> {
  const hand = await visit(browser, phone);
  await give(hand, file('a walk.txt', 'We walked until the lamps were lit.\n'));
  await sees(hand, 'Yours is on the shelf');
  await take(hand, 'waiting-phone');
  const eve = await visit(browser, phone);
  await give(eve, picture);
  await sees(hand, 'Save the file');
  await take(hand, 'arrived-phone', '.sheet h2');
  await thanksFor(eve);
  await thanksFor(hand);
  await hand.getByRole('button', { name: 'Give another' }).click();

  for (const [name, options] of [
    ['arrived-desk', desk],
    ['arrived-dark', { ...phone, colorScheme: 'dark' }],
  ] as const) {
    const one = await visit(browser, options);
    await give(one, file(`${name}.txt`));
    await sees(one, 'Yours is on the shelf');
    const buffer = Buffer.concat([picture.buffer, Buffer.from(name)]);
    await give(await visit(browser, phone), { ...picture, buffer });
    await sees(one, 'Save the file');
    await take(one, name, options === desk ? 'header' : '.sheet h2');
  }

  await give(hand, file('a song about trains.txt'));
  await sees(hand, 'Yours is on the shelf');
  await hand.getByRole('link', { name: /^My exchanges/ }).click();
  await sees(hand, 'A stranger sends thanks');
  await take(hand, 'mine-phone');
  await hand.getByRole('button', { name: 'Take my file back' }).click();
  await sees(hand, 'Withdrawn');
}

async function fillShelf(): Promise<void> {
  const client = createClient(service.url);
  for (const { name, buffer } of shelf)
    await client.upload({ name, bytes: new Blob([Uint8Array.from(buffer)]) });
}

/** The shelf is full, and somebody gives many files for what is on it. */
async function takeShelves(browser: Browser): Promise<void> {
  const ada = await visit(browser, desk);
  await sees(ada, `${shelf.length} files`);
  await take(ada, 'counter-desk', 'header', true);
  const arabic = await visit(browser, { ...phone, locale: 'ar-EG' });
  await arabic.locator('.packed').first().waitFor();
  await take(arabic, 'counter-arabic');
  const twice = 'Dear stranger,\nhere is what we had for dinner.\n';
  await give(
    ada,
    ...named('GIF89a', 70, 'the garden.gif', 'a heron.gif'),
    file('dinner.txt', twice),
    file('dinner (copy).txt', twice),
    file('setup.exe'),
  );
  await sees(ada, '3 of 5 given, 1 refused, 1 the same as another');
  await take(ada, 'many-desk', 'header', true);
}

async function drawn(browser: Browser, drawing: string): Promise<Buffer> {
  const page = await browser.newPage();
  await page.setContent(drawing);
  const bytes = await page.locator('svg').screenshot();
  await page.close();
  return bytes;
}

async function visit(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  // A browser without a window refuses to tell anything; most people's ask first.
  await page.addInitScript(
    "Object.defineProperty(Notification, 'permission', { value: 'default' })",
  );
  await page.goto(service.url);
  return page;
}

function give(page: Page, ...files: Given[]): Promise<void> {
  return page.setInputFiles('input[type=file]', files);
}

function sees(page: Page, words: string): Promise<void> {
  return page
    .locator('main')
    .getByText(words)
    .and(page.locator(':not([role=status])'))
    .first()
    .waitFor();
}

async function thanksFor(page: Page): Promise<void> {
  await sees(page, 'Save the file');
  await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save the file' }).click(),
  ]);
  await page.getByRole('button', { name: 'heart' }).click();
  await page.getByText('Choose another to change it.').waitFor();
}

/** What a window shows from a given thing on, or the whole page. */
async function take(page: Page, name: string, from = 'header', isWhole = false): Promise<void> {
  const preview = page.locator('.preview');
  if (await preview.isVisible()) await preview.locator('img, canvas').first().waitFor();
  await page.evaluate('document.fonts.ready');
  await page.locator(from).evaluate((thing) => thing.scrollIntoView());
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: isWhole });
}
