import { createElement, type VNode } from 'preact';
import { RenderedText } from '../text/rendered-text.tsx';
import type { ViewerProps } from '../viewer/viewer.ts';
import type { MarkdownElement, MarkdownNode } from './markdown.ts';
import workerAddress from './markdown.worker.ts?worker&url';
import './markdown.css';

/** Markdown as it is meant to look: only elements of a closed list, without links and pictures. */
export function MarkdownViewer(props: ViewerProps) {
  return (
    <RenderedText<readonly MarkdownNode[]> {...props} class="markdown" worker={workerAddress} render={renderAll} />
  );
}

const renderAll = (nodes: readonly MarkdownNode[]): (VNode | string)[] => nodes.map(renderNode);

function renderNode(node: MarkdownNode): VNode | string {
  if (typeof node === 'string') return node;
  if ('address' in node) return <span class="address"> ({node.address})</span>;
  return renderElement(node);
}

/** A stranger's headings would disturb those of the page, so they are paragraphs. */
function renderElement({ tag, level, start, children }: MarkdownElement): VNode {
  const props = { ...(level && { class: `level-${level}` }), ...(tag === 'ol' && { start }) };
  const rendered = renderAll(children);
  return createElement(tag, props, ...(tag === 'table' ? [<tbody key="rows">{rendered}</tbody>] : rendered));
}
