import { describe, expect, it } from 'vitest';
import { maxComplexity, svgComplexity } from './svg-complexity.ts';

/** Ten levels, each of which uses the one before ten times: 10⁹ shapes in about a thousand characters. */
const bomb = (use: (id: string) => string) => {
  const levels = Array.from({ length: 10 }, (_, level) => `<g id="l${level + 1}">${use(`l${level}`).repeat(10)}</g>`);
  return `<svg><rect id="l0"/>${levels.join('')}</svg>`;
};

describe('the complexity of an SVG', () => {
  it('is the number of its elements', () => {
    const drawing = `<?xml version="1.0"?><!-- <g> --><svg><g><path d="M0 > 1"/></g><text>a</text></svg>`;
    expect(svgComplexity(drawing)).toBe(5);
  });

  it.each([
    ['use', (id: string) => `<use href="#${id}"/>`],
    ['use with xlink:href', (id: string) => `<use xlink:href='#${id}'/>`],
    ['patterns', (id: string) => `<rect fill="url(#${id})"/>`],
  ])('counts a referenced element once a reference: %s', (_name, use) => {
    expect(svgComplexity(bomb(use))).toBeGreaterThan(10 ** 9);
  });

  it('counts references in style sheets', () => {
    const uses = '<style>rect { fill: url(#p) }</style>';
    const drawing = `<svg>${uses}<pattern id="p">${'<g/>'.repeat(1000)}</pattern>${'<rect/>'.repeat(1000)}</svg>`;
    expect(svgComplexity(drawing)).toBeGreaterThan(maxComplexity);
  });

  it('is finite for circular references', () => {
    expect(svgComplexity('<svg><g id="a"><use href="#a"/></g></svg>')).toBeLessThan(10);
  });

  it.each([
    '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>',
    '<svg><rect x="1></svg>',
    `<svg ${"<a '".repeat(50_000)}`,
  ])('is infinite if the source cannot be parsed: %.40s', (source) => {
    expect(svgComplexity(source)).toBe(Number.POSITIVE_INFINITY);
  });
});
