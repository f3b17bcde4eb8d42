/**
 * The cost of the page for its visitors: `npm run bench:page`. Checks Lighthouse scores, weight and layout shift of the
 * first load, and responsiveness during an upload; exits with 1 if a target is missed.
 */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { install, isInstalled } from '../scripts/install.mjs';
import { mebibyte } from '../test/clients/transfers.ts';
import { findBrowser, launchChromium } from '../test/setup/chromium.ts';
import { startService } from '../test/setup/service.ts';

/** Targets: scores from 0 to 100, bytes, layout shift, milliseconds. */
const marks = { score: 95, weight: 60_000, shift: 0.05, silence: 100 };

/** Scores vary with the load of the machine: the median of these rounds counts. */
const rounds = 3;

async function inBrowser(act: (browser: Browser) => Promise<string[]>): Promise<string[]> {
  const browser = await launchChromium(program);
  return act(browser).finally(() => browser.close());
}

/** Prints a figure. Returns a sentence if it misses its target. */
function judge(what: string, figure: number, holds: boolean, mark: string): string[] {
  const sentence = `${what}: ${Math.round(figure * 1000) / 1000} (${mark})`;
  console.log(sentence);
  return holds ? [] : [sentence];
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}

async function scores(): Promise<string[]> {
  const folder = join(import.meta.dirname, 'lighthouse');
  if (!isInstalled(folder) && (await install(folder)) !== 0) throw new Error('Lighthouse could not be installed.');
  const { default: lighthouse } = await import(join(folder, 'node_modules/lighthouse/core/index.js'));
  const runs: Record<string, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    const browser = await launchChromium(program, ['--remote-debugging-port=9333']);
    try {
      const { lhr } = await lighthouse(service.url, { port: 9333, logLevel: 'error' });
      const categories = Object.entries(lhr.categories as Record<string, { score: number | null }>);
      runs.push(Object.fromEntries(categories.map(([name, { score }]) => [name, score ?? 0])));
      if (round === 0) complain(lhr.audits);
    } finally {
      await browser.close();
    }
  }
  return Object.keys(runs[0] ?? {}).flatMap((name) => {
    const score = 100 * median(runs.map((run) => run[name] ?? 0));
    return judge(`Lighthouse, ${name}`, score, score >= marks.score, `at least ${marks.score}`);
  });
}

/** Prints Lighthouse's suggestions. */
function complain(audits: Record<string, { title: string; score: number | null; displayValue?: string }>) {
  for (const { title, score, displayValue } of Object.values(audits)) {
    if (score !== null && score < 0.9) console.log(`  ${title} ${displayValue ?? ''}`);
  }
}

/** These scripts run in the page. They are text because the types here know no DOM. */
const sumShifts = `
  globalThis.shift = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) globalThis.shift += value;
  }).observe({ type: 'layout-shift', buffered: true });`;

const weighFirstLoad = `performance.getEntriesByType('resource')
  .filter(({ name }) => /\\.(?:js|css)$/.test(name) && !name.endsWith('/sw.js'))
  .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`;

const listenForSilence = `
  globalThis.silence = 0;
  let last = performance.now();
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    const now = performance.now();
    globalThis.silence = Math.max(globalThis.silence, now - last);
    last = now;
    setTimeout(() => channel.port2.postMessage(0), 4);
  };
  channel.port2.postMessage(0);`;

/** Creating the file is not the page's work: measure after that. */
const chooseLarge = `
  const data = new DataTransfer();
  const bytes = new Uint8Array(${50 * mebibyte}).fill(97);
  data.items.add(new File([bytes], 'large.txt', { type: 'text/plain' }));
  const input = document.querySelector('input[type=file]');
  setTimeout(() => {
    globalThis.silence = 0;
    input.files = data.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }, 500);`;

async function firstLoad(browser: Browser): Promise<string[]> {
  // The service worker would fetch the same files again from the browser's cache.
  const page = await browser.newPage({
    viewport: { width: 390, height: 844 },
    serviceWorkers: 'block',
  });
  await page.addInitScript(sumShifts);
  await page.goto(service.url);
  await page.waitForTimeout(2_000);
  const weight = await page.evaluate<number>(weighFirstLoad);
  const shift = await page.evaluate<number>('globalThis.shift');
  return [
    ...judge('First load, bytes', weight, weight <= marks.weight, `at most ${marks.weight}`),
    ...judge('Layout shift', shift, shift <= marks.shift, `at most ${marks.shift}`),
  ];
}

/** The longest time without a free event loop during an upload. */
async function upload(browser: Browser): Promise<string[]> {
  const page = await browser.newPage();
  await page.goto(service.url);
  await page.waitForTimeout(1_000);
  await page.evaluate(listenForSilence);
  await page.evaluate(chooseLarge);
  await page.getByText('Yours is safe on the shelf').first().waitFor();
  const silence = await page.evaluate<number>('globalThis.silence');
  const mark = `at most ${marks.silence}`;
  return judge(`Silence while 50 MiB leave, ms`, silence, silence <= marks.silence, mark);
}

const service = await startService({ RATE_LIMIT: 'off' });
const program = await findBrowser();
try {
  const missed = [...(await scores()), ...(await inBrowser(firstLoad)), ...(await inBrowser(upload))];
  for (const sentence of missed) console.log(`MISSED: ${sentence}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
} finally {
  await service.stop();
}
