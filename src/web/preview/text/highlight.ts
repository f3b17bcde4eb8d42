/** Syntax highlighting as a flat list of runs. */
import { common, createLowlight } from 'lowlight';

/** A run of text with its class: `keyword`, `string` … */
export interface TextRun {
  readonly text: string;
  readonly of?: string;
}

export interface HighlightRequest {
  readonly text: string;
  /** Names or file extensions of languages, the likeliest first. */
  readonly languages: readonly string[];
}

/** Greatest number of elements that a page renders well. */
const maxRuns = 20_000;

const lowlight = createLowlight(common);

/** Highlights by the first known language; undefined if none is known or there are too many runs. */
export function highlight({ text, languages }: HighlightRequest): readonly TextRun[] | undefined {
  const language = languages.find((name) => lowlight.registered(name));
  if (!language) return undefined;
  const runs: TextRun[] = [];
  collect(lowlight.highlight(language, text, { prefix: '' }).children, undefined, runs);
  return runs.length > maxRuns ? undefined : runs;
}

type Nodes = ReturnType<typeof lowlight.highlight>['children'];

/** The innermost class wins. */
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
