import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { LongLivedResponses } from '../connection/long-lived-responses.ts';
import { type ResponsesInFlight, stopReading } from '../connection/responses-in-flight.ts';
import type { HttpSettings } from '../context.ts';
import { type AddressRange, addressRanges, createAddressMatcher } from '../request/client-address.ts';

/** Long-lived responses may use this share of all connections. The rest is for requests that end soon. */
const maxLongLivedShare = 3 / 4;
/** How often waiting connections look for one that has become idle, in milliseconds. */
const roomPause = 50;

/**
 * Caps how many connections are open, in total, and from one client and its networks; trusted proxies count in total only
 * (R16). Under pressure, the oldest long-lived responses end.
 */
export function limitConnections(
  server: Server,
  { MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS, TRUST_PROXY }: HttpSettings,
  longLived: LongLivedResponses,
  inFlight: ResponsesInFlight,
): void {
  server.maxConnections = MAX_CONNECTIONS;
  // A worker that has its part would else hand connections back, which would go round without end once all have theirs.
  Object.assign(server, { dropMaxConnection: true });
  const isProxy = createAddressMatcher(TRUST_PROXY);
  const enterClient = queueClients(MAX_CONNECTIONS_PER_ADDRESS, inFlight);
  const isWithinNetwork = countNetworks(MAX_CONNECTIONS_PER_ADDRESS);
  let total = 0;
  server.on('connection', (socket: Socket) => {
    total += 1;
    socket.once('close', () => {
      total -= 1;
    });
    if (total > MAX_CONNECTIONS * maxLongLivedShare) longLived.endOldest();
    const ip = socket.remoteAddress ?? '';
    if (isProxy(ip)) return;
    const [client, ...networks] = addressRanges(ip);
    if (!networks.every((network) => isWithinNetwork(socket, network))) socket.destroy();
    else if (client) enterClient(socket, client.key);
  });
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
  timer?: NodeJS.Timeout;
}

/**
 * Lets as many connections of a client wait as it may have open: a class behind one address opens more than it uses. A waiting
 * one takes the place of an idle one.
 */
function queueClients(limit: number, inFlight: ResponsesInFlight): (socket: Socket, client: string) => void {
  const clients = new Map<string, ClientConnections>();
  const isIdle = (socket: Socket) =>
    socket.bytesWritten > 0 && !socket.writableEnded && inFlight.on(socket).length === 0;
  const admit = ({ open, waiting }: ClientConnections) => {
    for (const socket of waiting) {
      if (open.size >= limit) {
        [...open].find(isIdle)?.end();
        return;
      }
      waiting.delete(socket);
      open.add(socket);
      socket.resume();
    }
  };
  const leave = (socket: Socket, key: string, client: ClientConnections) => {
    client.open.delete(socket);
    client.waiting.delete(socket);
    admit(client);
    if (client.waiting.size === 0) {
      clearInterval(client.timer);
      delete client.timer;
    }
    if (client.open.size === 0) clients.delete(key);
  };
  return (socket, key) => {
    const client = clients.get(key) ?? { open: new Set(), waiting: new Set() };
    clients.set(key, client);
    socket.once('close', () => leave(socket, key, client));
    if (client.open.size < limit) client.open.add(socket);
    else if (client.waiting.size >= limit) socket.destroy();
    else {
      client.waiting.add(socket);
      stopReading(socket);
      admit(client);
      client.timer ??= setInterval(admit, roomPause, client).unref();
    }
  };
}
