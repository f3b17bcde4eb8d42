import { expect, it } from 'vitest';
import { drawChart } from './chart.ts';
import { rates } from './samples.ts';

const measured = {
  '4k-up': { ours: rates(10, 30, 20), bare: rates(80), tus: rates(0) },
  '4k-down': { ours: rates(5) },
  stats: { 'ours, 10² gifts': rates(1000) },
};

const drawn = drawChart(measured);
const widths = [...drawn.matchAll(/<rect class="([^"]+)"[^>]* width="(\d+)"/g)];

it('draws a bar for each peer of each transfer, proportional to its median', () => {
  expect(widths.map(([, kind, width]) => [kind, Number(width)])).toEqual([
    ['bar ours', 45],
    ['bar', 1],
    ['bar', 180],
    ['bar ours', 180],
  ]);
});

it('prints names and figures as valid XML', () => {
  expect(drawn).toMatch(/>this exchange<.*>20\.0</);
  expect(drawn).not.toMatch(/NaN|undefined|&(?!\w+;)/);
});
