/** Renders the icons of the installed page, and the picture of its links (Open Graph), from the favicon: `npm run icons`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser, launchChromium } from '../test/setup/chromium.ts';

const folder = join(import.meta.dirname, '../src/web/public');
const parcel = readFileSync(join(folder, 'favicon.svg'), 'utf8');
const paper = '#f7f2e8';

interface Icon {
  readonly name: string;
  /** Height, and width unless that is given. */
  readonly size: number;
  readonly width?: number;
  /** Share of the size that the parcel takes. */
  readonly share: number;
  /** Corner radius as a share of the size. */
  readonly corner: number;
}

/** A mask may cut all but a circle of 80 % (maskable icons); iOS rounds the corners itself. */
const icons: readonly Icon[] = [
  { name: 'icon-192', size: 192, share: 0.74, corner: 0.22 },
  { name: 'icon-512', size: 512, share: 0.74, corner: 0.22 },
  { name: 'icon-512-maskable', size: 512, share: 0.54, corner: 0 },
  { name: 'apple-touch-icon', size: 180, share: 0.68, corner: 0 },
  { name: 'social', size: 630, width: 1200, share: 0.72, corner: 0 },
];

const drawing = ({ size, share, corner }: Icon) => `
  <style>
    body { margin: 0; }
    div { display: grid; place-items: center; block-size: ${size}px;
      background: ${paper}; border-radius: ${size * corner}px; }
    svg { inline-size: ${size * share}px; }
  </style><div>${parcel}</div>`;

const browser = await launchChromium(await findBrowser());
try {
  for (const icon of icons) {
    const { name, size, width = size } = icon;
    const page = await browser.newPage({ viewport: { width, height: size } });
    await page.setContent(drawing(icon));
    const path = join(folder, 'icons', `${name}.png`);
    await page.screenshot({ path, omitBackground: icon.corner > 0 });
    await page.close();
  }
} finally {
  await browser.close();
}
