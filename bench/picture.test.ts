import { expect, it } from 'vitest';
import { drawPicture } from './picture.ts';

const phase = (perSecond: number) => ({
  perSecond,
  p50: 1,
  p99: 1,
  cpu: 1,
  peak: { together: 1, largest: 1 },
  good: 1,
  kinds: {},
});

const measured = {
  '4k-up': { ours: [phase(10), phase(30), phase(20)], bare: [phase(80)], tus: [phase(0)] },
  '4k-down': { ours: [phase(5)] },
  stats: { 'ours, 10² gifts': [phase(1000)] },
};

const drawn = drawPicture(measured);
const widths = [...drawn.matchAll(/<rect class="([^"]+)"[^>]* width="(\d+)"/g)];

it('draws a bar for each contestant of each transfer, as long as the median is large', () => {
  expect(widths.map(([, kind, width]) => [kind, Number(width)])).toEqual([
    ['bar ours', 45],
    ['bar', 1],
    ['bar', 180],
    ['bar ours', 180],
  ]);
});

it('says names and figures, and nothing that breaks the file', () => {
  expect(drawn).toMatch(/>this exchange<.*>20\.0</);
  expect(drawn).not.toMatch(/NaN|undefined|&(?!\w+;)/);
});
