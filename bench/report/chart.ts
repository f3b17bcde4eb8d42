/** Draws bars of throughput, a panel for each kind of transfer, as SVG that fits a light page and a dark one. */

import { peerIds } from '../peers/peer.ts';
import type { Measured } from './comparisons.ts';
import { nameOf, titleOf } from './labels.ts';
import { median } from './ratios.ts';
import { figure } from './tables.ts';

interface Bar {
  readonly id: string;
  readonly perSecond: number;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const panel = { width: 440, gap: 28, title: 26, bar: 17, names: 190, longest: 180 } as const;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 13px }
  .bar { fill: #afb8c1 }
  .ours { fill: #1a7f5a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar { fill: #57606a }
    .ours { fill: #3fb98a }
  }`;

export function drawChart(measured: Measured): string {
  const panels = panelsOf(measured);
  const rows = Array.from({ length: Math.ceil(panels.length / 2) }, (_, row) =>
    panels.slice(2 * row, 2 * row + 2),
  );
  let top = 8;
  const drawn = rows.flatMap((row) => {
    const begins = top;
    top += Math.max(...row.map(heightOf)) + panel.gap;
    return row.map((one, column) => drawPanel(one, column * (panel.width + panel.gap) + 8, begins));
  });
  const width = 2 * panel.width + panel.gap + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" role="img" aria-label="Files a second of each server">`,
    `<style>${style}\n</style>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

/** Those that move files, in the order of the table of peers; a peer that could not run has no bar. */
function panelsOf(measured: Measured): Panel[] {
  return Object.entries(measured)
    .filter(([work]) => /-(?:up|down)$/.test(work))
    .map(([work, contestants]) => ({
      title: titleOf(work),
      bars: peerIds.flatMap((id) => {
        const phases = contestants[id];
        return phases ? [{ id, perSecond: median(phases.map((one) => one.perSecond)) }] : [];
      }),
    }));
}

const heightOf = ({ bars }: Panel) => panel.title + bars.length * panel.bar;

function drawPanel({ title, bars }: Panel, left: number, top: number): string {
  const most = Math.max(...bars.map(({ perSecond }) => perSecond));
  const lines = bars.map(({ id, perSecond }, index) => {
    const y = top + panel.title + index * panel.bar;
    const long = Math.max(1, Math.round((panel.longest * perSecond) / most) || 1);
    const start = left + panel.names;
    const kind = id === 'ours' ? 'bar ours' : 'bar';
    return [
      `<text x="${start - 8}" y="${y + 10}" text-anchor="end">${escaped(nameOf(id))}</text>`,
      `<rect class="${kind}" x="${start}" y="${y}" width="${long}" height="${panel.bar - 5}" rx="2"/>`,
      `<text x="${start + long + 6}" y="${y + 10}">${figure(perSecond)}</text>`,
    ].join('');
  });
  const heading = `<text class="title" x="${left}" y="${top + 13}">${escaped(title)}, files a second</text>`;
  return [heading, ...lines].join('\n');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const escaped = (text: string) =>
  text.replaceAll(/[&<>]/g, (character) => entities[character] ?? '');
