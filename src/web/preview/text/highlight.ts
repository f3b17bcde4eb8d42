/** Colours for code: what each stretch of a text is. */
import { common, createLowlight } from 'lowlight';

/** A stretch of text, and what it is: `keyword`, `string` … */
export interface TextRun {
  readonly text: string;
  readonly of?: string;
}

export interface HighlightRequest {
  readonly text: string;
  /** Names or endings of languages, the likeliest first. */
  readonly languages: readonly string[];
}

/** So many elements a page can bear. */
const mostRuns = 20_000;

const lowlight = createLowlight(common);

/** The text in runs, by the first of the languages that is known; undefined when none is, or it would be too many. */
export function highlight({ text, languages }: HighlightRequest): readonly TextRun[] | undefined {
  const language = languages.find((name) => lowlight.registered(name));
  if (!language) return undefined;
  const runs: TextRun[] = [];
  collect(lowlight.highlight(language, text, { prefix: '' }).children, undefined, runs);
  return runs.length > mostRuns ? undefined : runs;
}

type Nodes = ReturnType<typeof lowlight.highlight>['children'];

/** What stands inside of something else is the inner thing. */
function collect(nodes: Nodes, of: string | undefined, runs: TextRun[]): void {
  for (const node of nodes) {
    if (node.type === 'text') runs.push(of ? { text: node.value, of } : { text: node.value });
    else if (node.type === 'element') collect(node.children, nameOf(node) ?? of, runs);
  }
}

function nameOf({ properties }: Extract<Nodes[number], { type: 'element' }>): string | undefined {
  const names = properties.className;
  return Array.isArray(names) ? String(names[0]) : undefined;
}
