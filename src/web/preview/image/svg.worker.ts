/** In a worker, so that a drawing made to be slow to estimate cannot block the page. */
import { decodeText } from '../text/decode.ts';
import { maxComplexity, svgComplexity } from './svg-complexity.ts';
import { solidLines } from './svg-source.ts';

export interface SvgRequest {
  readonly bytes: Blob;
}

/** A drawing that may be rendered; undefined for one that costs too much. */
export type SvgResponse = { readonly source: string; readonly complexity: number } | undefined;

addEventListener('message', async ({ data: { bytes } }: MessageEvent<SvgRequest>) => {
  const source = solidLines(decodeText(new Uint8Array(await bytes.arrayBuffer())));
  const complexity = svgComplexity(source);
  postMessage(complexity > maxComplexity ? undefined : { source, complexity });
});
