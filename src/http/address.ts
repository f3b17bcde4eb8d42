import ipaddr from 'ipaddr.js';

/**
 * What counts as one address for limits: an IPv4 address, or the /64 of an IPv6 address, since that is what one household
 * or machine commands (R17).
 */
export function addressKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  const prefix = (address as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${prefix.join(':')}::/64`;
}
