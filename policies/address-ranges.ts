// Ranges of IP addresses in CIDR notation, as `aws:SourceIp` takes them.
import { isIP } from "node:net";

interface Range {
  /** The range's share of all addresses of its family: 1 for `0.0.0.0/0`. */
  readonly share: number;
  readonly family: 4 | 6;
}

/** The widest range that somebody has who can be named: a /8, and of IPv6 a /32. */
const widest = { 4: 2 ** -8, 6: 2 ** -32 };

/** Whether one range, or all together, let in more than anybody's networks; also where one cannot be read. */
export function areWide(texts: readonly string[]): boolean {
  const ranges = texts.map(rangeOf);
  return ([4, 6] as const).some((family) => {
    const shares = ranges.map((range) => (range === undefined ? 1 : range.family === family ? range.share : 0));
    const together = shares.reduce((sum, share) => sum + share, 0);
    return together > 16 * widest[family] || shares.some((share) => share > widest[family]);
  });
}

function rangeOf(text: string): Range | undefined {
  const [, address = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  if (family !== 4 && family !== 6) return undefined;
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  // All IPv4 addresses have a /96 of IPv6.
  if (family === 6 && /^::ffff:/i.test(address)) return { family: 4, share: 2 ** (96 - bits) };
  return { family, share: 2 ** -bits };
}
