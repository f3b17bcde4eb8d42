/** What works and contestants are called before people. */
import { allPeers } from '../peers/all.ts';

const works: Readonly<Record<string, string>> = {
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
  drawers: '32 drawers who empty a pool, and 64 draws more',
};

export const titleOf = (work: string): string => works[work] ?? work;

/** A contestant is called by its id, and by what sets it apart behind a comma. */
export function nameOf(contestant: string): string {
  const [id = '', ...rest] = contestant.split(', ');
  const peer = Object.values(allPeers()).find((one) => one.id === id);
  return [peer?.name ?? id, ...rest].join(', ');
}
