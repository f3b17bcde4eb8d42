import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { LongLivedResponses } from '../connection/long-lived-responses.ts';
import { stopReading } from '../connection/responses-in-flight.ts';
import type { HttpContext, HttpSettings } from '../context.ts';
import { type AddressRange, addressRanges } from '../request/client-address.ts';

/** Long-lived responses may use this share of all connections. The rest is for requests that end soon. */
const maxLongLivedShare = 3 / 4;

/**
 * Caps how many connections are open, in total, and from one client and its networks, and ends the oldest long-lived responses
 * under pressure (R16). Answers whether another connection of the client waits for the place of this one.
 */
export function limitConnections(
  server: Server,
  { MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS }: HttpSettings,
  isTrustedProxy: HttpContext['isTrustedProxy'],
  longLived: LongLivedResponses,
): (socket: Socket) => boolean {
  server.maxConnections = MAX_CONNECTIONS;
  // A worker that has its part would else hand connections back, which would go round without end once all have theirs.
  Object.assign(server, { dropMaxConnection: true });
  const clients = queueClients(MAX_CONNECTIONS_PER_ADDRESS);
  const isWithinNetwork = countNetworks(MAX_CONNECTIONS_PER_ADDRESS);
  let total = 0;
  server.on('connection', (socket: Socket) => {
    total += 1;
    socket.once('close', () => {
      total -= 1;
    });
    if (total > MAX_CONNECTIONS * maxLongLivedShare) longLived.endOldest();
    const ip = socket.remoteAddress ?? '';
    if (isTrustedProxy(ip)) return;
    const [client, ...networks] = addressRanges(ip);
    if (!networks.every((network) => isWithinNetwork(socket, network))) socket.destroy();
    else if (client) clients.enter(socket, client.key);
  });
  return clients.isAwaited;
}

/** Counts connections by network; answers whether one more is within the limit. */
function countNetworks(limit: number): (socket: Socket, network: AddressRange) => boolean {
  const open = new Map<string, number>();
  return (socket, { key, share }) => {
    const count = (open.get(key) ?? 0) + 1;
    open.set(key, count);
    socket.once('close', () => {
      const left = (open.get(key) ?? 1) - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    });
    return count <= limit * share;
  };
}

interface ClientConnections {
  readonly open: Set<Socket>;
  /** Beyond the limit, oldest first. Nothing is read from them. */
  readonly waiting: Set<Socket>;
}

/**
 * Lets as many connections of a client wait as it may have open, since a class behind one address opens more than it uses.
 * Answers whether others wait for a connection.
 */
function queueClients(limit: number) {
  const clients = new Map<string, ClientConnections>();
  const clientOf = new WeakMap<Socket, ClientConnections>();
  const leave = (socket: Socket, key: string, { open, waiting }: ClientConnections) => {
    open.delete(socket);
    waiting.delete(socket);
    const [next] = waiting;
    if (next && open.size < limit) {
      waiting.delete(next);
      open.add(next);
      next.resume();
    }
    if (open.size === 0) clients.delete(key);
  };
  const enter = (socket: Socket, key: string) => {
    const client = clients.get(key) ?? { open: new Set(), waiting: new Set() };
    clients.set(key, client);
    clientOf.set(socket, client);
    socket.once('close', () => leave(socket, key, client));
    if (client.open.size < limit) client.open.add(socket);
    else if (client.waiting.size >= limit) socket.destroy();
    else {
      client.waiting.add(socket);
      stopReading(socket);
    }
  };
  const isAwaited = (socket: Socket) => (clientOf.get(socket)?.waiting.size ?? 0) > 0;
  return { enter, isAwaited };
}
