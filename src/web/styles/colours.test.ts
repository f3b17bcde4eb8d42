import { describe, expect, it } from 'vitest';
import css from './colours.css?raw';

const [bright = '', dimmed = ''] = css.split('@media (prefers-color-scheme: dark)');

const coloursIn = (block: string) =>
  Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]));
const themes = {
  light: coloursIn(bright),
  dark: { ...coloursIn(bright), ...coloursIn(dimmed) },
};

/** Text colours with their backgrounds. */
const texts = [
  ['ink', 'ground'],
  ['ink', 'sheet'],
  ['ink', 'moss-ground'],
  ['ink', 'warn-ground'],
  ['ink-soft', 'ground'],
  ['ink-soft', 'sheet'],
  ['ink-soft', 'moss-ground'],
  ['ink-soft', 'warn-ground'],
  ['postmark', 'ground'],
  ['postmark', 'sheet'],
  ['ground', 'ink'],
  ['ground', 'moss'],
] as const;

/** Colours of non-text elements (WCAG 1.4.11): edges, focus rings, icons, and the lines of the parcel. */
const edges = [
  ['edge', 'ground'],
  ['edge', 'sheet'],
  ['moss', 'ground'],
  ['moss', 'sheet'],
  ['moss', 'moss-ground'],
  ['postmark', 'warn-ground'],
  ['parcel-ink', 'kraft'],
  ['parcel-ink', 'kraft-light'],
  ['parcel-ink', 'parcel-paper'],
  ['parcel-ink', 'string'],
  ['stamp', 'kraft'],
  ['stamp', 'parcel-paper'],
] as const;

/** Relative luminance and contrast ratio by WCAG 2.2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string | undefined, other: string | undefined): number {
  if (!one || !other) throw new Error(`no such colour: ${one} on ${other}`);
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(Object.entries(themes))('%s', (_theme, colours) => {
  it.each(texts)('%s is readable on %s', (text, ground) => {
    expect(contrast(colours[text], colours[ground])).toBeGreaterThanOrEqual(4.5);
  });

  it.each(edges)('%s is distinguishable from %s', (edge, ground) => {
    expect(contrast(colours[edge], colours[ground])).toBeGreaterThanOrEqual(3);
  });
});

it('computes the contrast as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
