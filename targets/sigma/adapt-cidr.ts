/** Address ranges as Sigma converters accept them: the network's own address, and its prefix length. */
import { ipv4Text, masked, parseAddress } from '../../src/eval/addresses.ts';

/** The range in canonical form; `undefined` when it is none. An address is a range of one. */
export function normaliseRange(text: string): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) return undefined;
  const network = masked(address, address.prefix);
  return `${address.version === 4 ? ipv4Text(network) : ipv6Text(network)}/${address.prefix}`;
}

/** The longest run of zeros shortened (RFC 5952). */
function ipv6Text(bits: bigint): string {
  const groups = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => (bits >> shift) & 0xffffn);
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0n) length++;
    if (length > best.length) best = { start, length };
  }
  const written = groups.map((group) => group.toString(16));
  if (best.start < 0) return written.join(':');
  return `${written.slice(0, best.start).join(':')}::${written.slice(best.start + best.length).join(':')}`;
}
