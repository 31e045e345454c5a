/**
 * Event payloads kept as XML, as Windows writes them: `<EventData><Data Name="Image">C:\x.exe</Data>...</EventData>`. Below
 * such a text a path names a value of the payload. That the rule took the XML apart to get there is settled when it is
 * lowered.
 */
import type { Json } from '../ir/types.ts';

const DATA = /<Data\s+Name\s*=\s*(?:"([^"<]*)"|'([^'<]*)')\s*(?:\/>|>([^<]*)<\/Data\s*>)/g;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The named values of an XML payload; `undefined` when the text is none. */
export function payloadOf(text: string): Json | undefined {
  if (!/^\s*</.test(text)) return undefined;
  const values = [...text.matchAll(DATA)].map(([, double, single, value]) => {
    return [unescapeXml(double ?? single ?? ''), unescapeXml(value ?? '')] as const;
  });
  return values.length === 0 ? undefined : Object.fromEntries(values);
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES.get(name) ?? whole;
    const code = typeof decimal === 'string' ? Number.parseInt(decimal, 10) : Number.parseInt(String(hex), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
