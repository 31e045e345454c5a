/** What kind of value a UDM field holds, by its path. Facts: `udm-fields.ts`. */
import type { ScalarType } from '../../src/ir/types.ts';
import {
  BOOL_FIELDS,
  ENUM_FIELDS,
  FLOAT_FIELDS,
  INTEGER_FIELDS,
  MAP_FIELDS,
  REPEATED_FIELDS,
  TIMESTAMP_FIELDS,
} from './udm-fields.ts';

export type UdmKind = 'text' | 'integer' | 'float' | 'bool' | 'enum' | 'timestamp' | 'map';

/** The instant of an event, in whole seconds since 1970. */
export const EVENT_TIME = 'metadata.event_timestamp.seconds';

const segmentsOf = (path: string): readonly string[] => path.replace(/^(?:udm|graph)\./, '').split('.');

/** Whether the list has the field's last two names or, failing that, its last. */
function isListed(list: { has(name: string): boolean }, segments: readonly string[]): boolean {
  const last = segments.at(-1) ?? '';
  return list.has(`${segments.at(-2) ?? 'udm'}.${last}`) || list.has(last);
}

/** The kind that two names settle, then the one that a single name does: `network.asn` is a text, `artifact.asn` a number. */
function kindOfSegments(segments: readonly string[]): UdmKind {
  const lists: readonly (readonly [UdmKind, { has(name: string): boolean }])[] = [
    ['integer', INTEGER_FIELDS],
    ['float', FLOAT_FIELDS],
    ['bool', BOOL_FIELDS],
    ['timestamp', TIMESTAMP_FIELDS],
    ['map', MAP_FIELDS],
    ['enum', ENUM_FIELDS],
  ];
  const last = segments.at(-1) ?? '';
  const pair = `${segments.at(-2) ?? 'udm'}.${last}`;
  for (const name of [pair, last]) {
    for (const [kind, list] of lists) if (list.has(name)) return kind;
  }
  return 'text';
}

/** The kind of a field's value. A place in a map (`key` given) is a text; so is a field that the lists do not name. */
export function udmKind(path: string, key?: string | number): UdmKind {
  return typeof key === 'string' || !isUdmPath(path) ? 'text' : kindOfSegments(segmentsOf(path));
}

/** UDM fields lie in a message; a name without a dot is an outcome's or a measure's. */
const isUdmPath = (path: string): boolean => path.includes('.');

/** Whether the field is a list, or lies within one. Map access gives one value (the first), indexing one element. */
export function isRepeated(path: string, key?: string | number): boolean {
  if (key !== undefined || !isUdmPath(path)) return false;
  const segments = segmentsOf(path);
  return segments.some((_, index) => isListed(REPEATED_FIELDS, segments.slice(0, index + 1)));
}

/** The type that a field of this kind has in a Detection. Enumerations are texts, timestamps instants. */
export function scalarTypeOf(path: string, key?: string | number): ScalarType {
  switch (udmKind(path, key)) {
    case 'text':
    case 'enum':
      return 'string';
    case 'integer':
      return 'long';
    case 'float':
      return 'real';
    case 'bool':
      return 'bool';
    case 'timestamp':
      return 'datetime';
    case 'map':
      return 'dynamic';
  }
}

/** The values of an enumerated field, the zero value first; `undefined` when it is none, empty when they are not kept. */
export function enumValues(path: string): readonly string[] | undefined {
  if (udmKind(path) !== 'enum') return undefined;
  const segments = segmentsOf(path);
  const last = segments.at(-1) ?? '';
  return ENUM_FIELDS.get(`${segments.at(-2) ?? 'udm'}.${last}`) ?? ENUM_FIELDS.get(last) ?? [];
}
