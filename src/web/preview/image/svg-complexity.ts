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
    // No spread: its arguments are on the stack, and there may be half a million.
    for (const child of element.children) open.push(child);
  }
  return named;
}

class TooComplex extends Error {}

/** Elements in each other and references to references; a browser follows them by recursion. */
const maxDepth = 500;

/** Yields each element whose cost it has to know first, and returns a cost. */
type Counting = Generator<SvgElement, number, number>;

/**
 * Stops at the limit: the work of counting is bounded as the work of drawing is. Generators instead of recursion, because the
 * stack of a worker is small.
 */
function createCounter(named: ReadonlyMap<string, SvgElement>, stylesOf: StyleCosts) {
  const known = new Map<SvgElement, number>();
  const limited = (sum: number): number => {
    if (sum > maxComplexity) throw new TooComplex();
    return sum;
  };
  function* countAll(ids: readonly string[]): Counting {
    let sum = 0;
    for (const id of ids) {
      const target = named.get(id);
      if (target) sum = limited(sum + 1 + (known.get(target) ?? (yield target)));
    }
    return sum;
  }
  function* countFor(element: SvgElement): Counting {
    const costs = [{ weight: 0, references: element.references }, ...stylesOf(element)];
    let sum = limited(element.weight);
    for (const child of element.children) sum = limited(sum + (known.get(child) ?? (yield child)));
    for (const { weight, references } of costs) sum = limited(sum + weight + (yield* countAll(references.own)));
    // Each shape inside is painted with what the element refers to.
    let paint = 0;
    for (const { references } of costs) paint = limited(paint + (yield* countAll(references.inherited)));
    return limited(sum + paint * sum);
  }
  return (root: SvgElement): number => {
    const open: { readonly element: SvgElement; readonly counting: Counting }[] = [];
    const begin = (element: SvgElement) => {
      // An element that refers to itself is not rendered.
      known.set(element, 0);
      if (open.push({ element, counting: countFor(element) }) > maxDepth) throw new TooComplex();
    };
    begin(root);
    let cost = 0;
    for (let last = open.at(-1); last; last = open.at(-1)) {
      const { done, value } = last.counting.next(cost);
      if (!done) {
        begin(value);
        continue;
      }
      known.set(last.element, value);
      open.pop();
      cost = value;
    }
    return cost;
  };
}
