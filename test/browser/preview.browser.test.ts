/** The preview of every kind of file before it is saved, in a real browser. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityViolations, expectAccessible } from '../setup/accessibility.ts';
import { launchBrowser } from '../setup/browser.ts';
import { bytesOf, movingGif, pdf, png, tarGz, wav, zip } from '../setup/files.ts';
import { receiveFile } from '../setup/receive.ts';
import { type Service, startService } from '../setup/service.ts';
import { openVisitor, type Visitor } from '../setup/visitor.ts';

let browser: Browser;
let service: Service;
let ada: Visitor;

const desktop: BrowserContextOptions = { reducedMotion: 'reduce' };

const open = async (options: BrowserContextOptions = {}) => {
  ada = await openVisitor(browser, service.url, { ...desktop, ...options });
};

beforeAll(async () => {
  browser = await launchBrowser();
  service = await startService({ RATE_LIMIT: 'off' });
  await open();
});
afterEach(async () => {
  await expectAccessible(ada.page, 'previewed');
  await ada.throwAway();
  await ada.sees('Drop a file here.');
  expect(ada.faults.splice(0)).toEqual([]);
  await expect.poll(() => ada.page.workers()).toEqual([]);
});
afterAll(async () => {
  await ada?.leave();
  await browser?.close();
  await service?.stop();
});

const utf8 = (text: string) => new TextEncoder().encode(text);
const look = (name: string, bytes: Uint8Array) => receiveFile(ada, service.url, name, bytes);
const preview = () => ada.page.locator('.preview');
const shown = (role: 'img' | 'region' | 'table', name: string) => preview().getByRole(role, { name });

/** An attribute of the element in the preview. */
const property = (element: string, name: string): Promise<unknown> =>
  ada.page.evaluate(`document.querySelector('.preview ${element}')?.${name}`);

/** The colour in the middle of a canvas. */
const middle = (page: Page): Promise<number[]> =>
  page.evaluate(`(() => {
    const canvas = document.querySelector('.preview canvas');
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    return [...copy.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
  })()`);

/** Number of dark pixels of a canvas. */
const ink = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const canvas = document.querySelector('.preview canvas');
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, index) => index % 4 === 0 && value < 128).length;
  })()`);

describe('an image', () => {
  it('is covered until the visitor asks for it, and then shown with its size', async () => {
    await look('sunset.png', png(400, 300));
    await ada.sees('A stranger’s picture, ');
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(await shown('img', 'Picture: sunset.png').count()).toBe(0);
    expect(await ada.page.evaluate("getComputedStyle(document.querySelector('.behind img')).filter")).toContain('blur');
    await ada.button('Show picture').press('Enter');
    await expect.poll(() => ada.page.evaluate('document.activeElement.textContent')).toBe('Cover it again');
    await shown('img', 'Picture: sunset.png').waitFor();
    expect(await property('img', 'naturalWidth')).toBe(400);
    await ada.sees('400 × 300 pixels');
  });

  it('is shown at once after the visitor chose so, until the visitor covers one again', async () => {
    await look('first.png', png(40, 30));
    await ada.page.getByLabel('Show pictures at once from now on').check();
    await ada.throwAway();
    await look('second.png', png(40, 31));
    await shown('img', 'Picture: second.png').waitFor();
    await ada.button('Cover it again').click();
    await ada.sees('A stranger’s picture, ');
    await ada.throwAway();
    await look('third.png', png(40, 32));
    await ada.sees('A stranger’s picture, ');
  });

  it('can be paused if it is animated', async () => {
    await look('waving.gif', movingGif());
    await ada.button('Show picture').click();
    expect(await preview().locator('canvas').count()).toBe(1);
    await ada.button('Let it move').click();
    expect(await preview().locator('img').count()).toBe(1);
    await ada.button('Hold it still').click();
    expect(await preview().locator('canvas').count()).toBe(1);
  });

  it('is not decoded if it is too large for memory', async () => {
    await look('huge.png', png(8, 8, { width: 20_000, height: 20_000 }));
    await ada.sees('This is too large to show here.');
  });

  it('is reported if it is broken', async () => {
    await look('broken.png', png(8, 8).slice(0, 40));
    await ada.sees('This file cannot be shown');
  });

  it('is copied to a canvas on a click if it is an SVG, whose source is shown', async () => {
    const red = '<circle cx="50" cy="50" r="40" style="fill: #f00"/>';
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">${red}</svg>`;
    await look('sun.svg', utf8(drawing));
    await expect.poll(() => shown('region', 'The text').textContent()).toBe(drawing);
    expect(await preview().locator('canvas').count()).toBe(0);
    await ada.button('Show the picture').click();
    await shown('img', 'Picture: sun.svg').waitFor();
    expect(await middle(ada.page)).toEqual([255, 0, 0, 255]);
    await ada.button('Show the source').click();
    await expect.poll(() => shown('region', 'The text').textContent()).toBe(drawing);
  });

  const filters = `<filter id="f">${'<feGaussianBlur stdDeviation="99"/><feTurbulence numOctaves="99"/>'.repeat(20)}</filter>`;
  const rules = Array.from({ length: 9_000 }, (_, n) => `.c${n},*{fill:url(#p${n})}`).join('');
  const patterns = Array.from({ length: 4_000 }, (_, n) => `<pattern id="p${n}" width="9" height="9"/>`).join('');
  it.each([
    ['filters of 8 kB', `${filters}${'<rect width="100%" height="100%" filter="url(#f)"/>'.repeat(120)}`],
    ['references of style sheets of 429 kB', `<style>${rules}</style>${patterns}${'<rect/>'.repeat(3_000)}`],
  ])('is not drawn if it would freeze the page: %s', async (name, content) => {
    await look(`${name}.svg`, utf8(`<svg xmlns="http://www.w3.org/2000/svg">${content}</svg>`));
    await ada.button('Show the picture').click();
    await ada.sees('This drawing is broken or too much to draw here.');
    expect(await preview().locator('canvas').count()).toBe(0);
  });

  it('has solid lines if it is an SVG, since a million dashes would freeze the page', async () => {
    const line = '<path d="M0 50H90" stroke="#f00" stroke-width="99" stroke-dasharray=".00005"/>';
    await look('line.svg', utf8(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">${line}</svg>`));
    await ada.button('Show the picture').click();
    await shown('img', 'Picture: line.svg').waitFor();
    expect(await middle(ada.page)).toEqual([255, 0, 0, 255]);
  });
});

describe('a text', () => {
  it('is highlighted if it is code, without losing a character', async () => {
    const code = 'const answer = 42; // <b>why</b>\n';
    await look('code.ts', utf8(code));
    await preview().locator('.of-keyword').waitFor();
    expect(await shown('region', 'The text of the file').textContent()).toBe(code);
  });

  it('shows invisible characters, in every encoding', async () => {
    await look('turned.txt', Buffer.from('\ufeffGrüße \u202etxt.exe', 'utf16le'));
    await ada.sees('Grüße ⟨U+202E⟩txt.exe');
  });

  it('is truncated if it is long', async () => {
    await look('long.log', utf8('a line of a log\n'.repeat(50_000)));
    await ada.sees('The first 200 kB of 800 kB.');
  });

  it('is shown plain if its highlighting takes too long', async () => {
    // Each bracket may begin a link, whose end is searched to the end of the text: half a minute of work.
    const text = '['.repeat(80_000);
    await look('slow.md', utf8(text));
    await expect.poll(() => ada.page.workers().length, { timeout: 10_000 }).toBe(0);
    expect(await shown('region', 'The text of the file').textContent()).toBe(text);
    expect(await preview().locator('pre [class]').count()).toBe(0);
  });
});

describe('Markdown', () => {
  it('is shown as it is meant to look, and as its source', async () => {
    const text =
      '# Notes\n\nA *fine* [day](https://example.org/).\n\n![cat](https://example.org/cat.png)\n\n- one\n\n<b>two</b>\n';
    await look('notes.md', utf8(text));
    const area = shown('region', 'The text of the file');
    await area.locator('em').waitFor();
    expect(await area.locator('.level-1').textContent()).toBe('Notes');
    expect(await area.locator('li').textContent()).toBe('one');
    expect(await area.textContent()).toContain('day (https://example.org/)');
    expect(await area.textContent()).toContain('<b>two</b>');
    expect(await area.locator('a, img, b').count()).toBe(0);
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.button('Show the source').click();
    await expect.poll(() => shown('region', 'The text of the file').textContent()).toBe(text);
    await ada.button('Show it as it is meant to look').click();
    await area.locator('em').waitFor();
  });
});

describe('a table of comma-separated values', () => {
  it('is a table with names of its columns, and as its source', async () => {
    const text = `name;age\nAda;36\n${'Ben;"4;2"\n'.repeat(600)}`;
    await look('people.csv', utf8(text));
    await shown('region', 'The text of the file').getByRole('columnheader', { name: 'age' }).waitFor();
    expect(await preview().getByRole('cell', { name: '4;2' }).first().textContent()).toBe('4;2');
    await ada.sees('The first 500 rows are shown.');
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    await ada.button('Show the source').click();
    await expect.poll(() => shown('region', 'The text of the file').textContent()).toBe(text);
  });

  it('is text if it has one column', async () => {
    await look('words.csv', utf8('one\ntwo\n'));
    await expect.poll(() => shown('region', 'The text of the file').textContent()).toBe('one\ntwo\n');
    expect(await ada.button('Show the source').count()).toBe(0);
  });
});

describe('audio and video', () => {
  it('play on demand only', async () => {
    await look('tone.wav', wav('A tone'));
    await expect.poll(() => property('audio', 'duration')).toBe(1);
    expect(await property('audio', 'paused')).toBe(true);
    expect(await property('audio', 'controls')).toBe(true);
  });

  it('show the frames of a video', async ({ annotate }) => {
    const film = await record(ada.page);
    if (film === undefined) await annotate('This Chromium records no films.', 'warning');
    await look('film.webm', film ?? bytesOf('\x1aE\xdf\xa3\x9fB\x82\x84webm'));
    // Nothing of it is loaded before the visitor asks for it.
    expect(await preview().locator('video').count()).toBe(0);
    await ada.button('Show video').click();
    if (film === undefined) return ada.sees('This browser cannot play it.');
    await expect.poll(() => property('video', 'videoWidth')).toBe(64);
  });

  it('are reported if the browser cannot play them', async () => {
    await look('film.mkv', bytesOf('\x1aE\xdf\xa3\xa3B\x82\x88matroska'));
    await ada.button('Show video').click();
    await ada.sees('This browser cannot play it.');
  });
});

describe('a PDF', () => {
  it('is read page by page, by keyboard too', async () => {
    await look('paper.pdf', pdf(['First page', 'Second page']));
    await ada.sees('Page 1 of 2');
    expect(await ink(ada.page)).toBeGreaterThan(100);
    expect(await preview().getByText('First page').count()).toBe(1);
    await ada.button('Next').focus();
    await ada.page.keyboard.press('Enter');
    await preview().getByText('Second page').waitFor();
    await ada.sees('Page 2 of 2');
    expect(await ada.page.evaluate('document.activeElement.textContent')).toBe('Next');
    await ada.page.keyboard.press('Enter');
    await ada.sees('Page 2 of 2');
  });

  it('is rendered in two workers of our origin, which end with it', async () => {
    await look('paper.pdf', pdf(['Once']));
    await ada.sees('Page 1 of 1');
    const workers = ada.page.workers().map((worker) => new URL(worker.url()));
    expect(workers).toHaveLength(2);
    for (const { origin } of workers) expect(origin).toBe(service.url);
  });

  it('has its images decoded without WebAssembly', async () => {
    // Eight rows of a fax (CCITT G4), each equal to the one before: all white, and with /D all black.
    const fax = '/W 16/H 8/BPC 1/CS/G/F/CCF/DP<</K -1/Columns 16/Rows 8>>/D[1 0]';
    const drawing = `q 400 0 0 400 90 200 cm BI ${fax} ID \xff\nEI Q`;
    await look('fax.pdf', pdf([''], { drawing }));
    await ada.sees('Page 1 of 1');
    expect(await middle(ada.page)).toEqual([0, 0, 0, 255]);
  });

  /** Encrypted with RC4 of 40 bits by a password that is not empty. */
  const encryption = `/Filter/Standard/V 1/R 2/P -4/O<${'ab'.repeat(32)}>/U<${'cd'.repeat(32)}>`;
  const locked = `/Encrypt<<${encryption}>>/ID[<${'00'.repeat(16)}><${'00'.repeat(16)}>]`;

  it.each([
    ['broken', pdf(['gone']).slice(0, 60), 'This file cannot be shown'],
    ['locked', pdf(['x'], { trailer: locked }), 'This is locked with a password'],
  ])('is reported if it is %s', async (name, bytes, sentence) => {
    await look(`${name}.pdf`, bytes);
    await ada.sees(sentence);
  });
});

describe('an archive', () => {
  const entries = { 'a/one.txt': 'one', '<img src=x onerror=alert(1)>': 'two' };

  it.each([
    ['things.zip', () => zip(entries)],
    ['things.tar.gz', () => tarGz(entries)],
  ])('is listed without extraction: %s', async (name, make) => {
    await look(name, await make());
    const cells = await preview().locator('tbody td').allTextContents();
    const names = cells.filter((_, index) => index % 2 === 0).map((text) => text.trim());
    expect(names).toEqual(Object.keys(entries));
    await ada.sees('2 files, 6 bytes when unpacked.');
  });

  it('is marked if it is encrypted', async () => {
    await look('locked.zip', await zip({ 'secret.txt': 'a' }, 'password'));
    await ada.sees('(locked)');
  });
});

it('reports a file of a kind without a preview', async () => {
  await look('book.epub', await zip({ mimetype: 'application/epub+zip', 'a.xhtml': 'a' }));
  await ada.sees('This kind of file cannot be shown here.');
});

it('shows no preview of a file of unknown type, which has a word and an icon of its own', async () => {
  await look('secrets.kdbx', Uint8Array.of(0, 1, 2, 255, 254));
  await ada.sees('This kind of file cannot be shown here.');
  expect(await ada.page.locator('.facts li').first().textContent()).toBe(' other');
  expect(await ada.page.locator('.facts .is-other').count()).toBe(1);
});

it('the preview causes no layout shift', async () => {
  // High enough to show the content below.
  await ada.page.setViewportSize({ width: 1280, height: 2000 });
  await ada.page.evaluate(`new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries())
      if (!hadRecentInput) window.shift = (window.shift ?? 0) + value;
  }).observe({ type: 'layout-shift' })`);
  const files = { 'paper.pdf': pdf(['A paper']), 'picture.png': png(400, 900) };
  for (const [name, bytes] of Object.entries(files)) {
    await ada.page.evaluate('window.shift = 0');
    await look(name, bytes);
    await preview().locator('canvas, img').waitFor();
    expect(await ada.page.evaluate('window.shift')).toBeLessThanOrEqual(0.05);
    if (name === 'paper.pdf') await ada.throwAway();
  }
});

describe.each([
  ['light', 320],
  ['dark', 1280],
] as const)('in %s mode, %d pixels wide', (colorScheme, width) => {
  beforeAll(async () => {
    await ada.leave();
    await open({ colorScheme, viewport: { width, height: 800 } });
  });

  it.each([
    ['code.ts', utf8('/* why */ class A<T> { "b" = 42; @c d(e: string) { return /e+/; } }\n')],
    ['page.html', utf8('<!-- a --><p class="b">c &amp; d</p><style>.e { color: #fff }</style>')],
    ['paper.pdf', pdf(['One', 'Two'])],
    ['picture.png', png(40, 30)],
    ['nothing.bin', bytesOf('PK\x03\x04 and no more')],
  ])('%s is accessible', async (name, bytes) => {
    await look(name, bytes);
  });
});

/** A video of one second, recorded by the browser; undefined if it has no recorder. */
async function record(page: Page): Promise<Uint8Array | undefined> {
  const bytes = (await page.evaluate(`(async () => {
    const type = 'video/webm';
    if (!globalThis.MediaRecorder?.isTypeSupported(type)) return undefined;
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: type });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let frame = 0; frame < 10; frame++) {
      context.fillStyle = 'hsl(' + frame * 36 + ' 80% 50%)';
      context.fillRect(0, 0, 64, 48);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  })()`)) as number[] | undefined;
  return bytes && bytes.length > 0 ? Uint8Array.from(bytes) : undefined;
}
