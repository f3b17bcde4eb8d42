/** Takes the pictures of the page that the README shows: `npm run pictures`. Starts the built service, plays two strangers. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findBrowser, launch } from '../test/setup/chromium.ts';
import { startService } from '../test/setup/service.ts';

const folder = join(import.meta.dirname, '../docs');
const service = await startService();
const browser = await launch(await findBrowser());

const give = (page: Page, name: string, text: string) =>
  page.setInputFiles('input[type=file]', {
    name,
    mimeType: 'text/plain',
    buffer: Buffer.from(text),
  });

try {
  const desk = await browser.newPage({ viewport: { width: 1000, height: 860 } });
  const phone = await browser.newPage({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    colorScheme: 'dark',
  });
  for (const page of [desk, phone]) await page.goto(service.url);
  await give(phone, 'a walk by the sea.txt', 'We walked until the lamps were lit.\n');
  await phone.getByText('Yours is safe on the shelf').first().waitFor();
  await desk.getByText('1 file given so far').waitFor();
  await desk.screenshot({ path: join(folder, 'page.png') });
  await give(desk, 'a recipe for rain.md', '# Rain\n');
  await phone.getByText('This came from a stranger').first().waitFor();
  // The drawing moves for a moment; the picture is of what stays.
  await phone.waitForTimeout(1500);
  await phone.screenshot({ path: join(folder, 'arrived.png') });
} finally {
  await browser.close();
  await service.stop();
}
