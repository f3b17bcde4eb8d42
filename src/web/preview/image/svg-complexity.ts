/**
 * Estimates the rendering cost of an SVG. Nested `<use>` references multiply to billions of shapes, and browsers render
 * an SVG on the main thread.
 */

export const maxComplexity = 50_000;

interface Element {
  readonly children: Element[];
  readonly refersTo: readonly string[];
}

/** A comment, CDATA section, processing instruction, or a tag with quoted attributes. */
const token =
  /<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>|!DOCTYPE[^[>]*>|(\/?)([a-z][^\s/>"'=<]*)((?:[^>"'<]|"[^"<]*"|'[^'<]*')*)>)/isy;

/** Number of rendered elements, counted once a reference; infinite if the source cannot be parsed. */
export function svgComplexity(source: string): number {
  const root: Element = { children: [], refersTo: [] };
  const named = new Map<string, Element>();
  const open = [root];
  for (let at = source.indexOf('<'); at >= 0; at = source.indexOf('<', token.lastIndex)) {
    token.lastIndex = at;
    const [, end, name, values = ''] = token.exec(source) ?? [undefined, undefined, undefined];
    if (token.lastIndex === 0) return Number.POSITIVE_INFINITY;
    if (name === undefined) continue;
    if (end) {
      open.pop();
      continue;
    }
    const element: Element = { children: [], refersTo: referencesIn(values) };
    open.at(-1)?.children.push(element);
    const id = /\bid\s*=\s*["']([^"']*)/.exec(values)?.[1];
    if (id) named.set(id, element);
    if (!values.endsWith('/')) open.push(element);
  }
  // A reference in a style sheet may apply to every element.
  return countElements(root, named, styleReferencesIn(source));
}

const referencesIn = (text: string) => [...text.matchAll(/#([^\s"')#;,]+)/g)].map(([, id = '']) => id);

const styleReferencesIn = (source: string) =>
  [...source.matchAll(/<style[^>]*>([^<]*(?:<!\[CDATA\[[^<]*)?)/gi)].flatMap(([, css = '']) => [
    ...new Set([...css.matchAll(/url\(\s*["']?#([^\s"')]+)/gi)].map(([, id = '']) => id)),
  ]);

function countElements(root: Element, named: Map<string, Element>, styleReferences: readonly string[]): number {
  const known = new Map<Element, number>();
  const countFor = (element: Element): number => {
    const before = known.get(element);
    if (before !== undefined) return before;
    // An element that refers to itself is not rendered.
    known.set(element, 0);
    let sum = 1;
    for (const child of element.children) sum += countFor(child);
    for (const id of [...element.refersTo, ...styleReferences]) {
      const target = named.get(id);
      if (target) sum += countFor(target);
    }
    known.set(element, sum);
    return sum;
  };
  return countFor(root);
}
