/** Functions that take texts of a known format apart. */
import type { Json } from '../../ir/types.ts';
import { dynamicValue, nullOfType } from '../value.ts';
import { makeBag, textArgument } from './family.ts';
import type { Family } from './family.ts';

export const PARSE: Family = {
  parseUrl: (args) => dynamicValue(parseUrl(textArgument(args, 0))),
  parseUrlQuery: (args) => dynamicValue(makeBag([['Query Parameters', queryParameters(textArgument(args, 0))]])),
  parsePath: (args) => dynamicValue(parsePath(textArgument(args, 0))),
  parseCommandLine: (args) => {
    const text = textArgument(args, 0);
    return text.trim() === '' ? nullOfType('dynamic') : dynamicValue(windowsArguments(text));
  },
  parseCsv: (args) => dynamicValue(csvRecord(textArgument(args, 0))),
  parseVersion: (args) => {
    const text = textArgument(args, 0).trim();
    const parts = text.split('.');
    if (parts.length > 4 || !parts.every((part) => /^\d{1,8}$/.test(part))) return nullOfType('decimal');
    const [major = 0, minor = 0, build = 0, revision = 0] = parts.map(Number);
    return { type: 'decimal', value: ((major * 1e8 + minor) * 1e8 + build) * 1e8 + revision };
  },
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

function queryParameters(query: string): Json {
  const entries = query
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
  return makeBag(entries);
}

function parseUrl(url: string): Json {
  const match =
    /^(?:([A-Za-z][\w+.-]*):)?(?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^:/?#]*)(?::(\d+))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(
      url.trim(),
    );
  const part = (index: number): string => match?.[index] ?? '';
  return makeBag([
    ['Scheme', part(1)],
    ['Host', part(4)],
    ['Port', part(5)],
    ['Path', part(6)],
    ['Username', part(2)],
    ['Password', part(3)],
    ['Query Parameters', queryParameters(part(7))],
    ['Fragment', part(8)],
  ]);
}

function parsePath(path: string): Json {
  const scheme = /^([A-Za-z][\w+.-]+):\/\//.exec(path);
  const rest = scheme === null ? path : path.slice(scheme[0].length);
  const root = /^[A-Za-z]:/.exec(rest)?.[0] ?? '';
  const separator = Math.max(rest.lastIndexOf('\\'), rest.lastIndexOf('/'));
  const directory = separator < 0 ? '' : rest.slice(0, separator);
  const last = rest.slice(separator + 1);
  const stream = last.indexOf(':');
  const isDrive = separator < 0 && /^[A-Za-z]:$/.test(last);
  const fileName = isDrive ? '' : stream < 0 ? last : last.slice(0, stream);
  const dot = fileName.lastIndexOf('.');
  return makeBag([
    ['Scheme', scheme?.[1] ?? ''],
    ['RootPath', root],
    ['DirectoryPath', directory],
    ['DirectoryName', directory.slice(Math.max(directory.lastIndexOf('\\'), directory.lastIndexOf('/')) + 1)],
    ['Filename', fileName],
    ['Extension', dot < 0 ? '' : fileName.slice(dot + 1)],
    ['AlternateDataStreamName', stream < 0 || isDrive ? '' : last.slice(stream + 1)],
  ]);
}

/** As the C run-time takes a Windows command line apart: quotes group, a backslash escapes a quote. */
function windowsArguments(text: string): readonly string[] {
  const found: string[] = [];
  let current = '';
  let quoted = false;
  let open = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') {
      let slashes = 0;
      while (text.charAt(at + slashes) === '\\') slashes++;
      const escapes = text.charAt(at + slashes) === '"';
      current += '\\'.repeat(escapes ? Math.floor(slashes / 2) : slashes);
      if (escapes && slashes % 2 === 1) {
        current += '"';
        at++;
      }
      at += slashes - 1;
      open = true;
    } else if (character === '"') {
      quoted = !quoted;
      open = true;
    } else if (!quoted && /\s/.test(character)) {
      if (open) found.push(current);
      current = '';
      open = false;
    } else {
      current += character;
      open = true;
    }
  }
  if (open) found.push(current);
  return found;
}

/** The first record: fields between commas, quotes doubled inside quotes. */
function csvRecord(text: string): readonly string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = '';
    if (text.charAt(at) === '"') {
      for (at++; at < text.length; at++) {
        if (text.charAt(at) !== '"') field += text.charAt(at);
        else if (text.charAt(at + 1) === '"') {
          field += '"';
          at++;
        } else break;
      }
      at++;
    }
    const end = /[,\r\n]/.exec(text.slice(at));
    const stop = end === null ? text.length : at + end.index;
    fields.push(field + text.slice(at, stop));
    if (text.charAt(stop) !== ',') return fields;
    at = stop + 1;
  }
}
