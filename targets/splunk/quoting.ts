/**
 * How texts and names are written in SPL so that nothing in them is read as syntax. Splunk's Search Manual: "Quotes and
 * escaping characters", "Backslashes"; within quotes a backslash and a double quote are escaped by a backslash, every
 * other character stands for itself, and macros are not expanded.
 */

/** Words that `eval`, `where` and `search` read as operators. */
const RESERVED = new Set(['and', 'or', 'not', 'xor', 'like', 'in', 'as', 'by', 'where', 'true', 'false', 'null']);

const BARE_EVAL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const BARE_NAME = /^[A-Za-z_][A-Za-z0-9_.:{}]*$/;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// eslint-disable-next-line no-control-regex -- as above
const UNSAFE_IN_NAME = /[\u0000-\u001f\u007f-\u009f\u2028\u2029"'`\\*|[\](),=<>!%$;#]/g;

/** Whether a text holds characters that cannot stand in a line of a configuration file. */
export function hasControlCharacters(text: string): boolean {
  return CONTROL.test(text);
}

/** Whether every surrogate has its partner, so that the text can be written as UTF-8. */
export function isWellFormed(text: string): boolean {
  return !/(?:[\ud800-\udbff](?![\udc00-\udfff]))|(?:(?<![\ud800-\udbff])[\udc00-\udfff])/.test(text);
}

/** A text in double quotes. */
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The text that stands between double quotes: the reverse of {@link quote}; other backslashes stand for themselves. */
export function unquote(inner: string): string {
  return inner.replace(/\\(["\\])/g, '$1');
}

/** A text as an expression of `eval`. What cannot stand in a line is percent-encoded and decoded by the search. */
export function quoteText(text: string): string {
  if (!hasControlCharacters(text)) return quote(text);
  // A lone half of a surrogate pair has no UTF-8 form.
  const encoded = text
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[^A-Za-z0-9._~-]/gu, (character) => encodeURIComponent(character));
  return `urldecode("${encoded}")`;
}

/** A field name in `eval`, `where` and their functions: bare, or in single quotes. */
export function quoteEvalName(name: string): string {
  if (BARE_EVAL_NAME.test(name) && !RESERVED.has(name.toLowerCase())) return name;
  return `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A field name among the arguments of other commands: bare, or in double quotes. */
export function quoteName(name: string): string {
  return BARE_NAME.test(name) && !RESERVED.has(name.toLowerCase()) ? name : quote(name);
}

/**
 * Names that mean something else than a field at the beginning of a search: time modifiers and the index's own
 * metadata. Splunk Search Reference: "Time modifiers", "search".
 */
const MODIFIERS = new Set([
  'earliest',
  'latest',
  'index',
  'splunk_server',
  'splunk_server_group',
  'eventtype',
  'eventtypetag',
  'hosttag',
  'tag',
  'savedsearch',
  'savedsplunk',
  'search',
  'sid',
  'starttime',
  'endtime',
  'startdaysago',
  'enddaysago',
  'starthoursago',
  'endhoursago',
  'startminutesago',
  'endminutesago',
  'startmonthsago',
  'endmonthsago',
  'starttimeu',
  'endtimeu',
  'searchtimespandays',
  'searchtimespanhours',
  'searchtimespanminutes',
  'searchtimespanmonths',
  'timeformat',
  'daysago',
  'hoursago',
  'minutesago',
  'monthsago',
  '_index_earliest',
  '_index_latest',
  'readlevel',
  'source_type',
  'term',
  'case',
]);

/** Whether `name=value` in a `search` is a test of that field's value. */
export function isSearchableName(name: string): boolean {
  const lower = name.toLowerCase();
  return BARE_NAME.test(name) && !RESERVED.has(lower) && !MODIFIERS.has(lower) && !lower.startsWith('date_');
}

/** A name that can be written everywhere: what could be read as syntax becomes an underscore. */
export function safeName(name: string): string {
  const safe = name.replace(UNSAFE_IN_NAME, '_').trim();
  return safe === '' ? '_' : safe;
}
