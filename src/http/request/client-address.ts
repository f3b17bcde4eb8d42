import ipaddr from 'ipaddr.js';

/** A cache: parsing an address takes as long as much of the rest of a small request. */
const cachedKeys = new Map<string, string>();
const maxCachedKeys = 10_000;

/**
 * The address that limits count by: an IPv4 address, or the /64 of an IPv6 address, which belongs to one household or machine
 * (R17).
 */
export function addressKey(ip: string): string {
  const found = cachedKeys.get(ip);
  if (found !== undefined) return found;
  const key = keyOf(ip);
  if (cachedKeys.size >= maxCachedKeys) cachedKeys.clear();
  cachedKeys.set(ip, key);
  return key;
}

function keyOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  const prefix = (address as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
}
