/** The check of SVG pictures runs in a worker, whose stack is small: a recursion of 500 levels once overflowed it under load. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { svgComplexity } from '../../src/web/preview/image/svg-complexity.ts';

it.each([
  ['deep', Array.from({ length: 400 }, (_, n) => `<g id="g${n}"><use href="#g${n + 1}"/></g>`).join('')],
  ['wide', '<g/>'.repeat(40_000)],
])('a %s SVG is weighed with a small stack', async (_shape, content) => {
  const drawing = `<svg>${content}</svg>`;
  expect(await complexityInWorker(drawing)).toBe(svgComplexity(drawing));
});

/** In a worker with a stack of 0.4 MB, of which Node.js keeps a half; Chromium's workers have 0.5 MB. */
async function complexityInWorker(source: string): Promise<number> {
  const address = JSON.stringify(new URL('../../src/web/preview/image/svg-complexity.ts', import.meta.url).href);
  const script = `const { parentPort, workerData } = require('node:worker_threads');
    import(${address}).then(({ svgComplexity }) => parentPort.postMessage(svgComplexity(workerData)));`;
  const worker = new Worker(script, { eval: true, workerData: source, resourceLimits: { stackSizeMb: 0.4 } });
  const [complexity] = await once(worker, 'message');
  await worker.terminate();
  return complexity;
}
