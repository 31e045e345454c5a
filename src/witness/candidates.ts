/** Values worth trying for what a test speaks of: those that its literals suggest, and neutral ones. */
import { asIpv6, ipv4Text, parseAddress } from '../eval/addresses.ts';
import { jsonOf, jsonText } from '../eval/value.ts';
import type { Json, Predicate, Scalar, TextTest, Value } from '../ir/types.ts';
import { sampleRegex } from './sample-regex.ts';

type Leaf = Predicate;

/** Texts that stand for nothing in particular; the first that suits is taken. */
const NEUTRAL_TEXTS: readonly string[] = [
  'other',
  'Value7',
  'C:\\Folder\\other.bin',
  '203.0.113.77',
  '10.9.8.7',
  'other.example.org',
  'user9@example.net',
  '7',
  '',
  '{"other":"value"}',
  'zq zq zq zq zq zq',
  '0',
  'true',
  '9f3c1c1e-7a52-4d55-9d0c-3f1b7c2a9e11',
];

const NEUTRAL_NUMBERS: readonly number[] = [7, 1, 0, 2, 3, 10, 50, 100, 443, 1000, 10_000, 1_000_000, 1e9, -1, 0.5];

/** Lists of a rule can be long; this many of their values are tried where any will do. */
const MOST_VALUES = 40;

/** Values for the subject of a test, so that it comes out as wanted; better ones first. */
export function wantedValues(leaf: Leaf, want: boolean, before: Json | undefined): readonly (Json | undefined)[] {
  switch (leaf.op) {
    case 'match':
      return want ? passingTexts(leaf, before) : failingTexts(leaf, before);
    case 'oneOf': {
      const values = leaf.values.slice(0, MOST_VALUES).map(jsonOfValue);
      return want ? values : [...values.flatMap(near), ...NEUTRAL_TEXTS, ...NEUTRAL_NUMBERS];
    }
    case 'compare': {
      const limit = leaf.right.op === 'literal' ? leaf.right : leaf.left.op === 'literal' ? leaf.left : undefined;
      return limit === undefined ? [] : [jsonOfValue(limit.value), ...near(jsonOfValue(limit.value))];
    }
    case 'between': {
      const ends = [leaf.low, leaf.high].flatMap((end) => (end.op === 'literal' ? [jsonOfValue(end.value)] : []));
      return ends.flatMap((end) => [end, ...near(end)]);
    }
    case 'ipInRange':
      return want
        ? leaf.ranges.slice(0, MOST_VALUES).flatMap(insideRange)
        : [...leaf.ranges.slice(0, 5).flatMap(outsideRange), '203.0.113.77', '10.9.8.7', '2001:db8::77'];
    case 'missing':
      return want
        ? [undefined, '', null]
        : [...(before === undefined ? [] : [before]), ...NEUTRAL_TEXTS, 7, [1], { other: 1 }];
    case 'isTrue':
      return [want, want ? 'true' : 'false', want ? 1 : 0];
    case 'matchScalar':
    case 'inQuery':
    case 'constant':
    case 'and':
    case 'or':
    case 'not':
    case 'opaque':
      return [];
  }
}

/** What is tried on single fields when nothing is known of how a test reads them. */
export function poolFor(literals: readonly Json[], now: number): readonly (Json | undefined)[] {
  const own = literals.flatMap((one) => [one, ...near(one)]);
  return [
    ...own,
    ...NEUTRAL_TEXTS,
    ...NEUTRAL_NUMBERS,
    ...timesAround(now),
    true,
    false,
    undefined,
    ['other'],
    [],
    null,
  ];
}

/** Instants of the last week: every hour of a day, and every day. */
export function timesAround(now: number): readonly string[] {
  const hours = Array.from({ length: 24 }, (_, hour) => now - 60_000 - hour * 3_600_000);
  const days = Array.from({ length: 7 }, (_, day) => now - 60_000 - day * 86_400_000);
  return [...hours, ...days].map((instant) => new Date(instant).toISOString());
}

export function jsonOfValue(value: Value): Json {
  return jsonOf(value);
}

/** Values just beside one. */
export function near(json: Json): readonly Json[] {
  if (typeof json === 'number') {
    return Number.isInteger(json) ? [json + 1, json - 1, json + 0.5] : [json + 0.5, json - 0.5];
  }
  if (typeof json === 'boolean') return [!json];
  if (typeof json !== 'string') return [];
  if (/^-?\d{1,18}$/.test(json)) return [String(BigInt(json) + 1n), String(BigInt(json) - 1n)];
  const instant = /^\d{4}-\d\d-\d\d/.test(json) ? Date.parse(json) : NaN;
  if (!Number.isNaN(instant)) return [1000, -1000, 60_000, -60_000].map((by) => new Date(instant + by).toISOString());
  return [];
}

// ---------------------------------------------------------------------------------------------- texts

type Match = Extract<Predicate, { op: 'match' }>;

function passingTexts({ test, values, quantifier }: Match, before: Json | undefined): readonly string[] {
  const present = typeof before === 'string' ? before : before === undefined || before === null ? '' : jsonText(before);
  if (quantifier === 'all' && values.length > 1) {
    const samples = values.map((value) => sampleFor(test, value, 0) ?? value);
    return [
      samples.join(' '),
      `${present} ${samples.join(' ')}`,
      samples.join(''),
      samples.join('\\'),
      samples.join('/'),
    ];
  }
  const single = values.slice(0, MOST_VALUES).flatMap((value) => textsPassing(test, value, present));
  return single;
}

export function sampleFor(test: TextTest, value: string, choice: number): string | undefined {
  if (test === 'regex') return sampleRegex(value, choice);
  if (test === 'wildcard') return sampleWildcard(value, choice);
  return value;
}

function textsPassing(test: TextTest, value: string, present: string): readonly string[] {
  switch (test) {
    case 'equals':
      return [value];
    case 'startsWith':
    case 'termPrefix':
      return around([value, `${value}x`], present);
    case 'endsWith':
    case 'termSuffix':
      return around([value, `x${value}`, ` ${value}`], present);
    case 'contains':
    case 'term':
      return around([value], present);
    case 'regex':
    case 'wildcard': {
      const samples = [0, 1, 2, 5].flatMap((choice) => sampleFor(test, value, choice) ?? []);
      return around([...new Set(samples)], present);
    }
  }
}

/** The texts alone, and with what is there already on either side. */
function around(texts: readonly string[], present: string): readonly string[] {
  if (present === '') return texts;
  const middle = present.indexOf(' ');
  return texts.flatMap((text) => [
    text,
    `${present} ${text}`,
    `${text} ${present}`,
    present + text,
    text + present,
    `${present}\\${text}`,
    `${present}/${text}`,
    `${present}.${text}`,
    `${present}\n${text}`,
    ...(middle < 0 ? [] : [`${present.slice(0, middle)} ${text}${present.slice(middle)}`]),
    ...splitPlaces(present).map((at) => `${present.slice(0, at)} ${text} ${present.slice(at)}`),
  ]);
}

/** A few places at which something can be put into a text. */
function splitPlaces(text: string): readonly number[] {
  return [...new Set([1, Math.floor(text.length / 2), text.length - 1])].filter((at) => at > 0 && at < text.length);
}

export function sampleWildcard(pattern: string, choice: number): string {
  return pattern.replace(/\\([*?\\])|[*?]/g, (whole: string, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    return whole === '?' ? 'x' : choice % 2 === 0 ? '' : ' x';
  });
}

function failingTexts({ test, values }: Match, before: Json | undefined): readonly (Json | undefined)[] {
  const texts: (string | undefined)[] = [];
  if (typeof before === 'string') {
    // The present text without what the test finds in it.
    for (const value of values.slice(0, MOST_VALUES)) {
      const sample = sampleFor(test, value, 0);
      if (sample === undefined || sample === '') continue;
      const at = before.toLowerCase().indexOf(sample.toLowerCase());
      if (at < 0) continue;
      texts.push(
        before.slice(0, at) + before.slice(at + sample.length),
        before.slice(0, at) + 'zq' + before.slice(at + sample.length),
      );
    }
    texts.push(`${before}x`, `x${before}`, `${before} x`, `x ${before}`, before.slice(1), before.slice(0, -1));
  }
  return [...texts, ...NEUTRAL_TEXTS, 7, undefined];
}

// ---------------------------------------------------------------------------------------------- addresses

/** The first and the last address of a range. */
export function insideRange(range: string): readonly string[] {
  const parsed = parseAddress(range);
  if (parsed === undefined) return [];
  const width = parsed.version === 4 ? 32 : 128;
  const rest = BigInt(width - parsed.prefix);
  const first = (parsed.bits >> rest) << rest;
  const last = first | ((1n << rest) - 1n);
  return [first, last].map((bits) => (parsed.version === 4 ? ipv4Text(bits) : ipv6Text(bits)));
}

/** The addresses just below and above a range. */
export function outsideRange(range: string): readonly string[] {
  const parsed = parseAddress(range);
  if (parsed === undefined) return [];
  const width = parsed.version === 4 ? 32 : 128;
  const rest = BigInt(width - parsed.prefix);
  const first = (parsed.bits >> rest) << rest;
  const most = (1n << BigInt(width)) - 1n;
  const last = first | ((1n << rest) - 1n);
  const beside = [first - 1n, last + 1n].filter((bits) => bits >= 0n && bits <= most);
  return beside.map((bits) => (parsed.version === 4 ? ipv4Text(bits) : ipv6Text(bits)));
}

function ipv6Text(bits: bigint): string {
  const { bits: all } = asIpv6({ version: 6, bits, prefix: 128 });
  return Array.from({ length: 8 }, (_, index) => ((all >> BigInt(112 - index * 16)) & 0xffffn).toString(16)).join(':');
}

/** The literals that stand anywhere in a scalar or beside it in its test. */
export function literalsOf(scalars: readonly Scalar[]): readonly Json[] {
  return scalars.flatMap((scalar) => (scalar.op === 'literal' ? [jsonOf(scalar.value)] : []));
}
