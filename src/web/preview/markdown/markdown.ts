/** Parses Markdown (CommonMark with tables of GFM) into a small tree of elements that a page can render without a risk. */
import type { Nodes, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
import { gfmTable } from 'micromark-extension-gfm-table';

/** The elements of a rendered text. A link is not one of them: nothing in a stranger's file can be opened. */
type MarkdownTag =
  | 'p'
  | 'em'
  | 'strong'
  | 'del'
  | 'code'
  | 'pre'
  | 'ul'
  | 'ol'
  | 'li'
  | 'blockquote'
  | 'hr'
  | 'br'
  | 'table'
  | 'tr'
  | 'td';

export interface MarkdownElement {
  readonly tag: MarkdownTag;
  /** The level of a heading, from 1 to 6; a paragraph otherwise. */
  readonly level?: number;
  /** The first number of an ordered list. */
  readonly start?: number;
  readonly children: readonly MarkdownNode[];
}

/** An address is shown behind the words of its link. */
export type MarkdownNode = string | MarkdownElement | { readonly address: string };

/** A page with more elements would be slow. */
const maxElements = 10_000;
const maxDepth = 100;

/** Undefined if there are too many elements, or too many in each other. */
export function parseMarkdown(text: string): readonly MarkdownNode[] | undefined {
  const { children } = fromMarkdown(text, {
    extensions: [gfmTable(), gfmStrikethrough()],
    mdastExtensions: [gfmTableFromMarkdown(), gfmStrikethroughFromMarkdown()],
  });
  const toElements = createReader();
  try {
    return toElements(children, 0);
  } catch (error) {
    if (error instanceof TooLong) return undefined;
    throw error;
  }
}

class TooLong extends Error {}

const tagByType: { readonly [Type in Nodes['type']]?: MarkdownTag } = {
  paragraph: 'p',
  emphasis: 'em',
  strong: 'strong',
  delete: 'del',
  blockquote: 'blockquote',
  listItem: 'li',
  table: 'table',
  tableRow: 'tr',
  thematicBreak: 'hr',
  break: 'br',
};

function createReader() {
  let elementCount = 0;
  const read = (nodes: readonly RootContent[], depth: number): MarkdownNode[] => {
    elementCount += nodes.length;
    if (elementCount > maxElements || depth > maxDepth) throw new TooLong();
    return nodes.flatMap((node) => readNode(node, (children) => read(children, depth + 1)));
  };
  return read;
}

type ReadChildren = (children: readonly RootContent[]) => MarkdownNode[];

function readNode(node: RootContent, read: ReadChildren): readonly MarkdownNode[] {
  switch (node.type) {
    case 'text':
    // HTML is shown as it is written.
    case 'html':
      return [node.value];
    case 'inlineCode':
      return [{ tag: 'code', children: [node.value] }];
    case 'code':
      return [{ tag: 'pre', children: [node.value] }];
    case 'heading':
      return [{ tag: 'p', level: node.depth, children: read(node.children) }];
    case 'list':
      return [{ tag: node.ordered ? 'ol' : 'ul', start: node.start ?? 1, children: read(node.children) }];
    case 'link':
      return readLink(node.url, read(node.children));
    case 'image':
      return [`[${node.alt ?? ''}]`, { address: node.url }];
    case 'imageReference':
      return [`[${node.alt ?? ''}]`];
    case 'linkReference':
      return read(node.children);
    case 'tableRow':
      return [{ tag: 'tr', children: node.children.map((cell) => ({ tag: 'td', children: read(cell.children) })) }];
    default: {
      const tag = tagByType[node.type];
      return tag ? [{ tag, children: 'children' in node ? read(node.children) : [] }] : [];
    }
  }
}

/** An autolink is its own address. */
const readLink = (address: string, words: readonly MarkdownNode[]): readonly MarkdownNode[] =>
  words.length === 1 && words[0] === address ? words : [...words, { address }];
