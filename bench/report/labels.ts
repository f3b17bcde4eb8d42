/** How workloads, peers and figures are printed. */
import { allPeers } from '../peers/all.ts';

const titles: Readonly<Record<string, string>> = {
  '4k-up': '4 KiB uploads, 32 connections',
  '4k-down': '4 KiB random downloads, 32 connections',
  '1m-up': '1 MiB uploads, 8 connections',
  '1m-down': '1 MiB random downloads, 8 connections',
  '50m-up': '50 MB uploads, 1 connection',
  '50m-down': '50 MB random downloads, 1 connection',
  '50m4-up': '50 MB uploads, 4 connections',
  '50m4-down': '50 MB random downloads, 4 connections',
  stats: 'statistics, 1 connection',
  draw: 'gift and draw, 1 connection (the draw’s time)',
  exchange: '64 KiB gift and draw with its ticket for a minute, 16 connections (the draw’s time)',
  creation: '4 KiB uploads, 32 connections, fresh and aged',
  processes: '4 KiB uploads, 32 connections, 20 processes one after another',
  drawers: '32 drawers who empty a pool, and 64 draws more',
};

export const titleOf = (work: string): string => titles[work] ?? work;

/** The name of a peer; what follows its id behind a comma stays. */
export function nameOf(entry: string): string {
  const [id = '', ...rest] = entry.split(', ');
  const peer = Object.values(allPeers()).find((one) => one.id === id);
  return [peer?.name ?? id, ...rest].join(', ');
}

/** Two or three significant digits, as much as a measurement that varies by some percent has. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}
