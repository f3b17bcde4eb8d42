/** All peers of the comparison. */
import { resolve } from 'node:path';
import { settings } from '../../src/config/settings.ts';
import { flask, gunicorn } from './flask.ts';
import { nginx } from './nginx.ts';
import { bare, fastify, tus } from './node.ts';
import { ours, oursEncrypted, oursUnsynced } from './ours.ts';
import type { Peer, PeerId } from './peer.ts';

/** How to run the exchange. */
interface OurOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** The folder for CPU profiles of Node.js. */
  readonly profile?: string | undefined;
}

export function allPeers(options: OurOptions = {}): Record<PeerId, Peer> {
  const environment = environmentOf(options);
  return {
    ours: ours(environment),
    encrypted: oursEncrypted(environment),
    unsynced: oursUnsynced(environment),
    nginx,
    gunicorn,
    flask,
    tus,
    fastify,
    bare,
  };
}

/** Drops settings that this version does not have. */
function environmentOf({ settings: wanted = {}, profile }: OurOptions): Record<string, string> {
  const known = Object.entries(wanted).filter(([name]) => name in settings);
  const profiling = profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(profile)}` };
  return { ...Object.fromEntries(known), ...profiling };
}

/** The reasons why wanted peers cannot run here. */
export async function absentPeers(wanted: readonly string[]): Promise<ReadonlyMap<PeerId, string>> {
  const reasons = new Map<PeerId, string>();
  for (const peer of Object.values(allPeers())) {
    const reason = wanted.includes(peer.id) ? await peer.missing() : 'not asked for';
    if (reason !== undefined) reasons.set(peer.id, reason);
  }
  return reasons;
}
