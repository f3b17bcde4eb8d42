/** Addresses of clients, and the ranges of addresses that limits count by (R17). */
import { isIP } from 'node:net';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/** A range that holds the address of a client, and the multiple of a limit for one client that it may use. */
export interface AddressRange {
  readonly key: string;
  readonly share: number;
}

/**
 * The IP address in an element of `X-Forwarded-For`: bare, with a port, or in brackets (RFC 7239, section 6). Undefined for
 * anything else.
 */
function parseAddress(text: string): string | undefined {
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? undefined : bare;
}

/** Answers whether a text is an address within one of these addresses and CIDR ranges. */
export function createAddressMatcher(ranges: readonly string[]): (text: string) => boolean {
  const parsed = ranges.map((range): [ipaddr.IPv4 | ipaddr.IPv6, number] => {
    if (ipaddr.isValidCIDR(range)) return ipaddr.parseCIDR(range);
    const address = ipaddr.process(range);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  });
  return (text) => {
    const bare = parseAddress(text);
    if (bare === undefined) return false;
    const address = ipaddr.process(bare);
    return parsed.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
  };
}

/** The address of a client: forwarded by a trusted proxy, else that of its socket. */
export function clientAddress(request: FastifyRequest): string {
  return parseAddress(request.ip) ?? request.socket.remoteAddress ?? '';
}

/** A cache: parsing an address takes as long as much of the rest of a small request. */
const cachedRanges = new Map<string, readonly AddressRange[]>();
const maxCachedRanges = 10_000;

/**
 * The client and its networks, smallest first: an IPv4 address and its /24, or the /64, /56 and /48 of an IPv6 address. A /64
 * belongs to one household or machine.
 */
export function addressRanges(ip: string): readonly AddressRange[] {
  const found = cachedRanges.get(ip);
  if (found !== undefined) return found;
  const ranges = rangesOf(ip);
  if (cachedRanges.size >= maxCachedRanges) cachedRanges.clear();
  cachedRanges.set(ip, ranges);
  return ranges;
}

/** The key of the smallest network of an address, which is one client. */
export const clientKey = (ip: string): string => addressRanges(ip)[0]?.key ?? ip;

function rangesOf(ip: string): readonly AddressRange[] {
  if (isIP(ip) === 0) return [{ key: ip, share: 1 }];
  const address = ipaddr.process(ip);
  const network = (bits: number, share: number) => ({ key: networkOf(address, bits), share });
  if (address.kind() === 'ipv4') return [{ key: address.toString(), share: 1 }, network(24, 8)];
  return [network(64, 1), network(56, 4), network(48, 4)];
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const bytes = address.toByteArray().map((byte, at) => byte & (0xff << Math.max(0, Math.min(8, 8 * (at + 1) - bits))));
  return `${ipaddr.fromByteArray(bytes.map((byte) => byte & 0xff)).toString()}/${bits}`;
}

/** Logs once that requests seem to come through a proxy that is not trusted: limits then count all its clients as one. */
export function noteUntrustedProxy(logger: FastifyBaseLogger): (request: FastifyRequest) => void {
  let isNoted = false;
  return (request) => {
    if (isNoted || request.headers['x-forwarded-for'] === undefined) return;
    if (request.ip !== request.socket.remoteAddress) return;
    isNoted = true;
    logger.warn('requests with X-Forwarded-For come from an address that is not in TRUST_PROXY; is it your proxy?');
  };
}
