/** Address ranges as Sigma converters accept them: the network's own address, and its prefix length. */

/** The range in canonical form; `undefined` when it is none. An address is a range of one. */
export function normaliseRange(text: string): string | undefined {
  const [address = '', length, ...rest] = text.trim().split('/');
  if (rest.length > 0) return undefined;
  const v4 = parseV4(address);
  if (v4 !== undefined) {
    const bits = prefixLength(length, 32);
    return bits === undefined ? undefined : `${mask(v4, 8, bits).join('.')}/${bits}`;
  }
  const v6 = parseV6(address);
  const bits = prefixLength(length, 128);
  return v6 === undefined || bits === undefined ? undefined : `${formatV6(mask(v6, 16, bits))}/${bits}`;
}

function prefixLength(text: string | undefined, most: number): number | undefined {
  if (text === undefined) return most;
  return /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

function parseV4(text: string): readonly number[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts : undefined;
}

function parseV6(text: string): readonly number[] | undefined {
  const halves = text.toLowerCase().split('::');
  if (halves.length > 2 || !/^[0-9a-f:]+$/.test(text.toLowerCase())) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'), ...(tail ?? [])];
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))
    ? groups.map((group) => parseInt(group, 16))
    : undefined;
}

/** The parts of an address with all bits after the prefix cleared. */
function mask(parts: readonly number[], width: number, bits: number): readonly number[] {
  return parts.map((part, index) => {
    const own = Math.max(0, Math.min(width, bits - index * width));
    return part & (((1 << own) - 1) << (width - own));
  });
}

/** The longest run of zeros shortened (RFC 5952). */
function formatV6(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const written = groups.map((group) => group.toString(16));
  if (best.start < 0) return written.join(':');
  return `${written.slice(0, best.start).join(':')}::${written.slice(best.start + best.length).join(':')}`;
}
