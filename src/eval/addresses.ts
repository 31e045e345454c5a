/** IP addresses and ranges as numbers. */

export interface Address {
  readonly version: 4 | 6;
  readonly bits: bigint;
  /** Prefix length from `/n`; the full length without one. */
  readonly prefix: number;
}

/** Reads `a.b.c.d`, `a.b.c.d/n` or the same of IPv6; `undefined` when it is none. */
export function parseAddress(text: string): Address | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim());
  const address = match?.[1];
  if (address === undefined) return undefined;
  const v4 = parseIpv4(address);
  const version = v4 === undefined ? 6 : 4;
  const bits = v4 ?? parseIpv6(address);
  if (bits === undefined) return undefined;
  const width = version === 4 ? 32 : 128;
  const prefix = match?.[2] === undefined ? width : Number(match[2]);
  return prefix > width ? undefined : { version, bits, prefix };
}

function parseIpv4(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  let bits = 0n;
  for (const part of match.slice(1)) {
    const octet = Number(part);
    if (octet > 255) return undefined;
    bits = (bits << 8n) | BigInt(octet);
  }
  return bits;
}

function parseIpv6(text: string): bigint | undefined {
  const bare = text.replace(/%.*$/, '');
  const halves = bare.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1);
  const tail = last?.at(-1);
  if (last !== undefined && tail?.includes('.') === true) {
    const v4 = parseIpv4(tail);
    if (v4 === undefined) return undefined;
    last.splice(-1, 1, (v4 >> 16n).toString(16), (v4 & 0xffffn).toString(16));
  }
  const [head = [], rest = []] = groups;
  const count = head.length + rest.length;
  if (halves.length === 1 ? count !== 8 : count > 7) return undefined;
  let bits = 0n;
  for (const group of [...head, ...Array<string>(8 - count).fill('0'), ...rest]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    bits = (bits << 16n) | BigInt(`0x${group}`);
  }
  return bits;
}

/** The same address as IPv6; IPv4 becomes `::ffff:a.b.c.d`. */
export function asIpv6(address: Address): Address {
  if (address.version === 6) return address;
  return { version: 6, bits: 0xffff_0000_0000n | address.bits, prefix: address.prefix + 96 };
}

/** The bits that a prefix length keeps. */
export function masked(address: Address, prefix: number): bigint {
  const width = address.version === 4 ? 32 : 128;
  const shift = BigInt(width - Math.min(prefix, width));
  return (address.bits >> shift) << shift;
}

/** Whether an address lies in a range; `undefined` when one of them is none or they are of different versions. */
export function isInRange(address: Address, range: Address): boolean {
  if (address.version !== range.version) return false;
  return masked(address, range.prefix) === masked(range, range.prefix);
}

/** -1, 0 or 1 by the bits under the shorter of both masks and `prefix`. */
export function compareAddresses(left: Address, right: Address, prefix = 128): number {
  const length = Math.min(left.prefix, right.prefix, prefix);
  const [a, b] = [masked(left, length), masked(right, length)];
  return a < b ? -1 : a > b ? 1 : 0;
}

export const ipv4Text = (bits: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => ((bits >> shift) & 0xffn).toString()).join('.');
