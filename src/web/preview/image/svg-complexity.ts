/**
 * Estimates the rendering cost of an SVG in plain shapes. Nested references multiply to billions of shapes, filters and masks
 * cost as much as thousands, and browsers render an SVG on the main thread.
 */
import { readSheet, type StyleCosts } from './svg-sheet.ts';
import { readSvg, type SvgElement } from './svg-source.ts';

export const maxComplexity = 50_000;

/** The cost of all rendered elements, counted once a reference; infinite beyond `maxComplexity` or if it has no bound. */
export function svgComplexity(source: string): number {
  const svg = readSvg(source);
  if (!svg) return Number.POSITIVE_INFINITY;
  const count = createCounter(idsIn(svg.root), readSheet(svg.css));
  try {
    return Math.floor(count(svg.root));
  } catch (error) {
    if (error instanceof TooComplex) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

function idsIn(root: SvgElement): ReadonlyMap<string, SvgElement> {
  const named = new Map<string, SvgElement>();
  const open = [root];
  for (let element = open.pop(); element; element = open.pop()) {
    if (element.id !== undefined) named.set(element.id, element);
    open.push(...element.children);
  }
  return named;
}

class TooComplex extends Error {}

/** Elements in each other and references to references; a browser follows them by recursion too. */
const maxDepth = 500;

/** Stops at the limit: the work of counting is bounded as the work of drawing is. */
function createCounter(named: ReadonlyMap<string, SvgElement>, stylesOf: StyleCosts) {
  const known = new Map<SvgElement, number>();
  let depth = 0;
  const limited = (sum: number): number => {
    if (sum > maxComplexity) throw new TooComplex();
    return sum;
  };
  const countAll = (ids: readonly string[]) =>
    ids.reduce((sum, id) => {
      const target = named.get(id);
      return target ? limited(sum + 1 + countFor(target)) : sum;
    }, 0);
  const countFor = (element: SvgElement): number => {
    const before = known.get(element);
    if (before !== undefined) return before;
    // An element that refers to itself is not rendered.
    known.set(element, 0);
    if (++depth > maxDepth) throw new TooComplex();
    const costs = [{ weight: 0, references: element.references }, ...stylesOf(element)];
    let sum = limited(element.weight);
    for (const child of element.children) sum = limited(sum + countFor(child));
    for (const { weight, references } of costs) sum = limited(sum + weight + countAll(references.own));
    // Each shape inside is painted with what the element refers to.
    const paint = costs.reduce((total, { references }) => limited(total + countAll(references.inherited)), 0);
    sum = limited(sum + paint * sum);
    known.set(element, sum);
    depth -= 1;
    return sum;
  };
  return countFor;
}
