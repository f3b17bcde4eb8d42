/** Reads the style sheets of an SVG, as far as its rendering cost depends on them. */
import { effectsIn, lengthWeight, type References, referencesIn, type SvgElement } from './svg-source.ts';

/** The cost that a rule adds to each of its elements. */
interface StyleCost {
  readonly weight: number;
  readonly references: References;
}

/** The cost that style sheets add to an element. */
export type StyleCosts = (element: SvgElement) => readonly StyleCost[];

/** A class, an id or a name of elements, and no key frame. */
const simpleSelector = /^(?!from$|to$)(?:[.#][\w-]+|[a-z][\w-]*)$/i;
/** A browser tests such a selector at every element; simple ones are looked up. */
const complexSelectorWeight = 0.05;

/** A longer rule may hold a path. */
const maxShortRule = 500;

/** A rule with a simple selector applies to its elements, and any other one to all. Comments stay, as parts of selectors. */
export function readSheet(css: string): StyleCosts {
  const bySelector = new Map<string, StyleCost[]>();
  const everywhere: StyleCost[] = [];
  for (const rule of css.split('}')) {
    const at = rule.lastIndexOf('{');
    const body = rule.slice(at + 1);
    const isLong = body.length > maxShortRule;
    const cost = { weight: effectsIn(body) + (isLong ? lengthWeight(body) : 0), references: referencesIn(body) };
    for (const selector of rule.slice(0, Math.max(0, at)).split(',')) {
      const key = selector.trim().toLowerCase();
      if (!simpleSelector.test(key)) everywhere.push({ ...cost, weight: cost.weight + complexSelectorWeight });
      else if (isCostly(cost)) bySelector.set(key, [...(bySelector.get(key) ?? []), cost]);
    }
  }
  const all = joined(everywhere);
  return ({ name, id, classes }) => {
    const keys = [name, `#${id}`, ...classes.map((one) => `.${one}`)];
    return [all, ...keys.flatMap((key) => bySelector.get(key.toLowerCase()) ?? [])];
  };
}

const isCostly = ({ weight, references: { own, inherited } }: StyleCost) =>
  weight > 0 || own.length > 0 || inherited.length > 0;

const joined = (costs: readonly StyleCost[]): StyleCost => ({
  weight: costs.reduce((sum, { weight }) => sum + weight, 0),
  references: {
    own: [...new Set(costs.flatMap(({ references }) => references.own))],
    inherited: [...new Set(costs.flatMap(({ references }) => references.inherited))],
  },
});
