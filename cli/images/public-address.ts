// Which IP addresses are of the public internet. A URL of anybody's must not make this computer ask its own network, a
// cloud's metadata service or itself.
import { BlockList, isIP } from "node:net";

/** IANA's registry of special addresses of IPv4 (RFC 6890), and multicast. */
const notPublic = new BlockList();
for (const [address, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  notPublic.addSubnet(address, prefix, "ipv4");

/**
 * All that has been given to anybody. What carries an IPv4 address (mapped, NAT64's 64:ff9b::/96 and such) is outside
 * of it, or among what follows.
 */
const global = new BlockList();
global.addSubnet("2000::", 3, "ipv6");
for (const [address, prefix] of [
  // Teredo, benchmarks, ORCHID and other protocols' own.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const)
  notPublic.addSubnet(address, prefix, "ipv6");

/** @param address as a resolver gives it */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublic.check(address, "ipv4");
    case 6:
      return global.check(address, "ipv6") && !notPublic.check(address, "ipv6");
    default:
      return false;
  }
}
