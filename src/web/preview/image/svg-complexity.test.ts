import { describe, expect, it } from 'vitest';
import { svgComplexity } from './svg-complexity.ts';
import { solidLines } from './svg-source.ts';

/** Ten levels, each of which uses the one before ten times: 10⁹ shapes in about a thousand characters. */
const bomb = (use: (id: string) => string) => {
  const levels = Array.from({ length: 10 }, (_, level) => `<g id="l${level + 1}">${use(`l${level}`).repeat(10)}</g>`);
  return `<svg><rect id="l0"/>${levels.join('')}</svg>`;
};

describe('the complexity of an SVG', () => {
  it('is the number of its elements and letters', () => {
    const drawing = `<?xml version="1.0"?><!-- <g> --><svg><g><path d="M0 > 1"/></g><text>a</text></svg>`;
    expect(svgComplexity(drawing)).toBe(6);
    const long = `<svg><path d="${'M0 1'.repeat(1_000)}"/>${'a'.repeat(1_000)}</svg>`;
    expect(svgComplexity(long)).toBeGreaterThan(100);
  });

  it.each([
    ['use', (id: string) => `<use href="#${id}"/>`],
    ['use with xlink:href', (id: string) => `<use xlink:href='#${id}'/>`],
    ['patterns', (id: string) => `<rect fill="url(#${id})"/>`],
    ['a reference that hides its mark', (id: string) => `<use href="&#35;${id}"/>`],
    ['a reference that hides its id', (id: string) => `<use href="#&#x6c;${id.slice(1)}"/>`],
  ])('counts a referenced element once a reference: %s', (_name, use) => {
    expect(svgComplexity(bomb(use))).toBe(Number.POSITIVE_INFINITY);
  });

  const tooMuch = (drawing: string) => expect(svgComplexity(drawing)).toBe(Number.POSITIVE_INFINITY);
  const shapes = '<rect/>'.repeat(1_000);
  const pattern = `<pattern id="p">${'<g/>'.repeat(1_000)}</pattern>`;

  it.each([
    ['of elements', '<style>rect { fill: url(#p) }</style>'],
    ['of every element', '<style>svg > * { fill: url("#p") }</style>'],
    ['in CDATA', '<style><![CDATA[rect{fill:url(#p)}]]></style>'],
    ['between strings that look like comments', '<style>a[b="/*"]{} *{fill:url(#p)} c[d="*/"]{}</style>'],
    ['of a key frame', '<style>@keyframes a { from {} to { fill: url(#p) } }</style>'],
  ])('counts references in style sheets: %s', (_name, style) => tooMuch(`<svg>${style}${pattern}${shapes}</svg>`));

  it('counts what a group inherits for each shape in it', () => {
    tooMuch(`<svg>${pattern}<g fill="url(#p)">${shapes}</g></svg>`);
    tooMuch(`<svg>${pattern}<g style="stroke: url(#p)">${shapes}</g></svg>`);
  });

  it('counts a rule only for the elements that it applies to', () => {
    const drawing = `<svg><style>.a{fill:url(#p)} .b{filter:blur(2px)} /**/</style>${pattern}${shapes}<rect class="a"/></svg>`;
    expect(svgComplexity(drawing)).toBeLessThan(10_000);
  });

  const filter = (primitive: string) => `<filter id="f">${primitive}</filter>`;
  it.each([
    ['filters by reference', `${filter('<feGaussianBlur stdDeviation="9"/>')}${'<rect filter="url(#f)"/>'.repeat(60)}`],
    ['long chains of primitives', filter('<feOffset/>'.repeat(60))],
    ['filter functions', '<rect filter="blur(9px)"/>'.repeat(60)],
    ['filters by style sheet', `<style>*{filter:blur(9px)}</style>${'<rect/>'.repeat(60)}`],
    ['inherited filters', `<style>*{filter:inherit}</style>`],
    ['masks', `<mask id="m"><rect/></mask>${'<rect mask="url(#m)"/>'.repeat(110)}`],
    ['patterns', `<pattern id="p"><rect/></pattern>${'<rect fill="url(#p)"/>'.repeat(300)}`],
    ['layers', '<g opacity=".9"><rect/></g>'.repeat(1_300)],
    ['blending', '<rect style="mix-blend-mode:multiply"/>'.repeat(1_300)],
    ['long paths', `<path d="${'L9 9'.repeat(60_000)}"/>`],
    ['long paths of style sheets', `<style>.a{d:path("${'L9 9'.repeat(60_000)}")}</style><path class="a"/>`],
    ['hidden dashes', '<path style="stroke&#45;dasharray:.00005" d="M0 0H9"/>'],
    ['feImage', filter('<feImage href="#f"/>')],
    ['turbulence', filter('<feTurbulence numOctaves="99999999"/>')],
    ['HTML', '<foreignObject><p/></foreignObject>'],
    ['deep trees', `${'<g>'.repeat(300)}${'</g>'.repeat(300)}`],
    ['embedded drawings', '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'],
    ['embedded drawings with a break', '<image href="da&#10;ta:image/svg+xml,x"/>'],
    ['embedded pixels', `<image href="data:image/png;base64,${'A'.repeat(600_000)}"/>`],
    ['embedded style sheets', '<?xml-stylesheet href="data:text/css,*{filter:blur(9px)}"?>'],
    ['imported style sheets', '<style>@import url(data:text/css,x)</style>'],
    ['escaped style sheets', String.raw`<style>*{f\69lter:blur(9px)}</style>`],
    ['variables', '<style>*{--a:1;filter:var(--a)}</style>'],
    ['shadows of text', '<text style="text-shadow:0 0 9px red">a</text>'],
    ['animated classes', '<rect><set attributeName="class" to="a"/></rect>'],
  ])('is infinite for %s', (_name, content) => tooMuch(`<svg>${content}</svg>`));

  it('is infinite for long chains of references', () => {
    const chain = Array.from({ length: 1_000 }, (_, n) => `<g id="g${n}"><use href="#g${n + 1}"/></g>`);
    tooMuch(`<svg>${chain.join('')}</svg>`);
  });

  it('allows a moderate use of them', () => {
    const effects = `${filter('<feGaussianBlur stdDeviation="2"/><feOffset/>')}<g filter="url(#f)" opacity=".5">${shapes}</g>`;
    expect(svgComplexity(`<svg>${effects}<mask id="m"/><rect mask="url(#m)"/></svg>`)).toBeLessThan(7_000);
    const image = `<image href="data:image/png;base64,${'A'.repeat(10_000)}"/>`;
    expect(svgComplexity(`<svg>${image}</svg>`)).toBeLessThan(2_000);
  });

  it('makes dashed lines solid', () => {
    const dashed = '<path stroke-dasharray=".00005" d="M0 0H9"/><style>a{STROKE-dasharray:1}</style>';
    expect(solidLines(`<svg>${dashed}</svg>`)).not.toMatch(/dasharray/i);
    expect(svgComplexity(solidLines(`<svg>${dashed}</svg>`))).toBeLessThan(10);
  });

  it('stops counting at the limit', () => {
    const rules = Array.from({ length: 8_000 }, (_, n) => `.c${n}{fill:url(#p${n})}*{stroke:url(#p${n})}`).join('');
    const patterns = Array.from({ length: 8_000 }, (_, n) => `<pattern id="p${n}"/>`).join('');
    tooMuch(`<svg><style>${rules}</style>${patterns}${shapes}</svg>`);
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
