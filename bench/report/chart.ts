/** Draws throughput as an SVG of bars, one panel per transfer, for light and dark pages. */
import { peerIds } from '../peers/peer.ts';
import { figure, nameOf, titleOf } from './labels.ts';
import { median } from './ratios.ts';
import type { Measured } from './types.ts';

const layout = { width: 440, gap: 28, title: 26, bar: 17, names: 190, maxBar: 180 } as const;

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

type Peers = Measured[string];

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function drawChart(measured: Measured): string {
  const panels = Object.entries(measured).filter(([work]) => /-(?:up|down)$/.test(work));
  const heights = panels.map(([, peers]) => layout.title + Object.keys(peers).length * layout.bar);
  const tops: number[] = [];
  let top = 8;
  for (let row = 0; row < panels.length; row += 2) {
    tops.push(top, top);
    top += Math.max(...heights.slice(row, row + 2)) + layout.gap;
  }
  const drawn = panels.map(([work, peers], index) =>
    drawPanel(work, peers, 8 + (index % 2) * (layout.width + layout.gap), tops[index] ?? 0),
  );
  const size = `${2 * layout.width + layout.gap + 16} ${top}`;
  const label = 'Files a second of each server';
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" role="img" aria-label="${label}">`;
  return [open, `<style>${style}\n</style>`, ...drawn, '</svg>', ''].join('\n');
}

function drawPanel(work: string, peers: Peers, left: number, top: number): string {
  const rates = peerIds
    .filter((id) => peers[id])
    .map((id) => [id, median((peers[id] ?? []).map((phase) => phase.perSecond))] as const);
  const highest = Math.max(...rates.map(([, rate]) => rate));
  const start = left + layout.names;
  const bars = rates.map(([id, rate], index) => {
    const y = top + layout.title + index * layout.bar;
    const width = Math.max(1, Math.round((layout.maxBar * rate) / highest) || 1);
    return [
      `<text x="${start - 8}" y="${y + 10}" text-anchor="end">${escapeXml(nameOf(id))}</text>`,
      `<rect class="bar${id === 'ours' ? ' ours' : ''}" x="${start}" y="${y}" width="${width}" height="${layout.bar - 5}" rx="2"/>`,
      `<text x="${start + width + 6}" y="${y + 10}">${figure(rate)}</text>`,
    ].join('');
  });
  const title = `<text class="title" x="${left}" y="${top + 13}">${escapeXml(titleOf(work))}, files a second</text>`;
  return [title, ...bars].join('\n');
}
