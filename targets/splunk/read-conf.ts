/** Reads the envelope: stanzas, settings and values that go on over several lines. Splunk Admin Manual, configuration files. */
import type { EmbeddedText, SourceSegment, Span } from '../../src/source.ts';

export interface Setting {
  readonly key: string;
  /** The value without the backslashes at the ends of its lines; line breaks are kept. */
  readonly value: EmbeddedText;
  readonly span: Span;
}

export interface Stanza {
  readonly name: string;
  readonly settings: ReadonlyMap<string, Setting>;
  readonly span: Span;
}

/** The stanzas of a configuration file. Settings before the first stanza, comments and what is no setting are skipped. */
export function readStanzas(text: string): readonly Stanza[] {
  const stanzas: { name: string; settings: Map<string, Setting>; start: number; end: number }[] = [];
  let at = 0;
  while (at < text.length) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end);
    const header = /^\s*\[(.*)\]\s*$/.exec(line);
    if (header !== null) {
      stanzas.push({ name: header[1] ?? '', settings: new Map(), start: at, end });
      at = nextLine(text, end);
      continue;
    }
    const assignment = /^\s*([^#\s=][^=]*?)\s*=[^\S\n]*/.exec(line);
    if (assignment === null) {
      at = nextLine(text, end);
      continue;
    }
    const value = readValue(text, at + assignment[0].length);
    const stanza = stanzas.at(-1);
    if (stanza !== undefined) {
      const key = assignment[1] ?? '';
      // The last definition of a setting counts.
      stanza.settings.set(key, { key, value: value.text, span: { start: at, end: value.end } });
      stanza.end = value.end;
    }
    at = nextLine(text, value.end);
  }
  return stanzas.map(({ name, settings, start, end }) => ({ name, settings, span: { start, end } }));
}

/** A value from its first character on, over all lines that end in a backslash. */
function readValue(text: string, start: number): { readonly text: EmbeddedText; readonly end: number } {
  const segments: SourceSegment[] = [];
  let value = '';
  let at = start;
  for (;;) {
    segments.push({ embedded: value.length, file: at });
    const end = endOfLine(text, at);
    const line = text.slice(at, end);
    if (!line.endsWith('\\') || end >= text.length) {
      value += line;
      return { text: { text: value.trimEnd(), segments }, end };
    }
    value += `${line.slice(0, -1)}\n`;
    at = nextLine(text, end);
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end < 0) return text.length;
  return end > at && text.charAt(end - 1) === '\r' ? end - 1 : end;
}

function nextLine(text: string, end: number): number {
  return text.charAt(end) === '\r' ? end + 2 : end + 1;
}
