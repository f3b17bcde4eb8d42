/** Reads the source of an SVG as a tree of elements with weights, and refuses what no estimate can bound. */

export interface SvgElement {
  readonly name: string;
  readonly id: string | undefined;
  readonly classes: readonly string[];
  readonly children: SvgElement[];
  readonly references: References;
  /** The cost of rendering it once, without children and references; a plain shape is 1. */
  weight: number;
}

/** The ids that attributes or a block of CSS refer to. */
export interface References {
  /** For this element alone: `href`, `filter`, `mask`, `clip-path`. */
  readonly own: readonly string[];
  /** For its descendants too, such as `fill`. */
  readonly inherited: readonly string[];
}

interface SvgSource {
  readonly root: SvgElement;
  /** The text of all style sheets. */
  readonly css: string;
}

/** A comment, CDATA section, processing instruction, or a tag with quoted attributes. */
const token =
  /<(?:!--.*?-->|!\[CDATA\[(.*?)\]\]>|\?.*?\?>|!DOCTYPE[^[>]*>|(\/?)([a-z][^\s/>"'=<]*)((?:[^>"'<]|"[^"<]*"|'[^'<]*')*)>)/isy;

/** Browsers render deeper trees by recursion, and recurse once for each level. */
const maxDepth = 250;
/** Characters of attributes that cost as much as a plain shape. */
const charactersPerShape = 50;

/** Their text is not rendered; any other letter costs as much as a plain shape. */
const unseen = new Set(['', 'style', 'script', 'title', 'desc', 'metadata']);
/** HTML, other images, and filters whose cost no attribute bounds. */
const refused = new Set('foreignobject feimage feturbulence feconvolvematrix femorphology iframe'.split(' '));
const filterPrimitive = 1_000;
const weightByName: Readonly<Record<string, number>> = { mask: 500, pattern: 200, marker: 20, clippath: 20 };

/** Makes dashed lines solid: a line of 170 characters may have a million dashes, which no estimate finds. */
export const solidLines = (source: string): string => source.replace(/stroke-dasharray/gi, 'stroke-solid');

/** Undefined if the source cannot be parsed, is too deep, or has an element that is refused. */
export function readSvg(source: string): SvgSource | undefined {
  const root = elementOf('', '');
  const open = [root];
  let css = '';
  let end = 0;
  for (let at = source.indexOf('<'); at >= 0; at = source.indexOf('<', end)) {
    token.lastIndex = at;
    const found = token.exec(source);
    const parent = open.at(-1);
    if (!found || !parent || open.length > maxDepth) return undefined;
    const [whole, data = '', isEnd, name, attributes = ''] = found;
    if (whole.startsWith('<?xml-stylesheet')) return undefined;
    const text = source.slice(end, at) + data;
    if (!unseen.has(parent.name)) parent.weight += text.trim().length;
    if (parent.name === 'style') css += decodeReferences(text);
    end = token.lastIndex;
    if (isEnd) open.pop();
    if (isEnd || name === undefined) continue;
    const element = elementOf(localName(name), decodeReferences(attributes));
    if (refused.has(element.name) || element.weight === Number.POSITIVE_INFINITY) return undefined;
    parent.children.push(element);
    if (!attributes.endsWith('/')) open.push(element);
  }
  return { root, css };
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1).toLowerCase();

/** Decodes `&#35;`, with which a reference could hide its `#`. */
const decodeReferences = (text: string): string =>
  text.replace(/&#(?:x([\da-f]+)|(\d+));/gi, (_match, hex?: string, decimal = '') => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });

function elementOf(name: string, attributes: string): SvgElement {
  const primitive = name.startsWith('fe') ? filterPrimitive : 0;
  return {
    name,
    id: attributeIn(attributes, 'id'),
    classes: attributeIn(attributes, 'class')?.split(/\s+/) ?? [],
    children: [],
    references: referencesIn(attributes),
    weight: 1 + primitive + (weightByName[name] ?? 0) + effectsIn(attributes) + lengthWeight(attributes),
  };
}

/** The weight of a long attribute, such as a path: the edges of a path are sorted against each other. */
export const lengthWeight = ({ length }: string): number => length / charactersPerShape + (length / 1_000) ** 2;

const ownReference =
  /(?<![\w-])(?:href|(?:-webkit-)?(?:filter|clip-path|mask))\s*[=:]\s*["']?\s*(?:url\(\s*["']?)?#([^\s"')#;,]+)/gi;

export function referencesIn(text: string): References {
  const idsOf = (matches: Iterable<RegExpMatchArray>) => [...new Set([...matches].map(([, id = '']) => id))];
  return {
    own: idsOf(text.matchAll(ownReference)),
    inherited: idsOf(text.replace(ownReference, '').matchAll(/#([^\s"')#;,]+)/g)),
  };
}

function attributeIn(attributes: string, name: 'id' | 'class'): string | undefined {
  const [, double, single] = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes) ?? [];
  return double ?? single;
}

const filterFunction =
  /\b(?:blur|drop-shadow|brightness|contrast|grayscale|hue-rotate|invert|opacity|saturate|sepia)\(/gi;
/** Properties that give an element a layer of its own. */
const layer = /(?<![\w-])(?:-webkit-)?(?:filter|backdrop-filter|mask[\w-]*|mix-blend-mode|opacity)\s*[=:]/gi;
const layerWeight = 40;
/** Ways to spell or pass on any of these, other style sheets, and shadows without number. */
const boundless =
  /\\|\bvar\(|@import|text-shadow|stroke-dasharray|(?:filter|mask[\w-]*|\ball)\s*[=:]\s*["']?\s*inherit|attributeName\s*=\s*["']\s*(?:class|style|filter|mask|(?:\w+:)?href)/i;

/** The weight of the effects in attributes or in a block of CSS; infinite if it has no bound. */
export function effectsIn(text: string): number {
  if (boundless.test(text)) return Number.POSITIVE_INFINITY;
  const functions = text.match(filterFunction)?.length ?? 0;
  const layers = text.match(layer)?.length ?? 0;
  return functions * filterPrimitive + layers * layerWeight + imagesIn(text);
}

/** Embedded pixels are packed: ten bytes may cost as much as a shape. Embedded drawings and sheets are not weighed. */
function imagesIn(text: string): number {
  // Browsers leave these out of an address.
  const images = text.replace(/[\t\r\n]/g, '').match(/data:[^,]*,[^"')]*/gi) ?? [];
  const isSafe = images.every((image) => /^data:image\/(?:png|jpeg|gif|webp)[;,]/i.test(image));
  return isSafe ? images.join('').length / 10 : Number.POSITIVE_INFINITY;
}
