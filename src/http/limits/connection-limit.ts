import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { LongLivedResponses } from '../connection/long-lived-responses.ts';
import type { HttpSettings } from '../context.ts';
import { type AddressRange, addressRanges, createAddressMatcher } from '../request/client-address.ts';

/** Long-lived responses may use this share of all connections. The rest is for requests that end soon. */
const maxLongLivedShare = 3 / 4;

/**
 * Caps how many connections are open, in total, and from one client and its networks; trusted proxies count in total only
 * (R16). Under pressure, the oldest long-lived responses end.
 */
export function limitConnections(
  server: Server,
  { MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS, TRUST_PROXY }: HttpSettings,
  longLived: LongLivedResponses,
): void {
  server.maxConnections = MAX_CONNECTIONS;
  // A worker that has its part would else hand connections back, which would go round without end once all have theirs.
  Object.assign(server, { dropMaxConnection: true });
  const isProxy = createAddressMatcher(TRUST_PROXY);
  const open = new Map<string, number>();
  let total = 0;
  const add = ({ key }: AddressRange, change: number) => {
    const count = (open.get(key) ?? 0) + change;
    if (count > 0) open.set(key, count);
    else open.delete(key);
  };
  server.on('connection', (socket: Socket) => {
    total += 1;
    const ip = socket.remoteAddress ?? '';
    const ranges = isProxy(ip) ? [] : addressRanges(ip);
    for (const range of ranges) add(range, 1);
    socket.once('close', () => {
      total -= 1;
      for (const range of ranges) add(range, -1);
    });
    const isOver = ({ key, share }: AddressRange) => (open.get(key) ?? 0) > MAX_CONNECTIONS_PER_ADDRESS * share;
    if (ranges.some(isOver)) socket.destroy();
    else if (total > MAX_CONNECTIONS * maxLongLivedShare) longLived.endOldest();
  });
}
