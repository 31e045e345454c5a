/**
 * Which product a rule is about, where its table holds the events of several: Defender and ASIM record Windows, Linux and
 * macOS alike, and a log source with `product: windows` would miss the others. Only tests that the events of another
 * product can hardly pass count as evidence; without any the log source stands for every product, which is wider.
 */
import type { Predicate, Scalar } from '../../src/ir/types.ts';
import { fieldsOf, scalarPart } from '../../src/ir/walk.ts';
import type { SigmaLogSource } from '../fields/types.ts';

/** The log source with its product, or without where the tests do not show it. */
export function withShownProduct(source: SigmaLogSource, where: Predicate): SigmaLogSource {
  const { productIfShown, ...rest } = source;
  if (productIfShown === undefined) return source;
  const shows = EVIDENCE[productIfShown];
  return shows?.(where) === true ? { ...rest, product: productIfShown } : rest;
}

const EVIDENCE: Readonly<Record<string, (where: Predicate) => boolean>> = { windows: showsWindows };

/** Whether only events of Windows pass: one operand of an `and` is enough, of an `or` it takes all. */
export function showsWindows(where: Predicate): boolean {
  switch (where.op) {
    case 'and':
      return where.of.some(showsWindows);
    case 'or':
      return where.of.length > 0 && where.of.every(showsWindows);
    case 'match': {
      if (where.test === 'regex') return false;
      const isEvidence = (value: string) =>
        WINDOWS_TEXT.test(value) || (namesAccount(where.subject) && ACCOUNT.test(value));
      return where.quantifier === 'all' ? where.values.some(isEvidence) : where.values.every(isEvidence);
    }
    case 'not':
      // `isnotempty` of what only Windows has.
      return where.of.op === 'missing' && isWindowsColumn(where.of.subject);
    case 'oneOf':
      return isWindowsColumn(where.subject);
    case 'constant':
    case 'matchScalar':
    case 'compare':
    case 'between':
    case 'ipInRange':
    case 'missing':
    case 'inQuery':
    case 'isTrue':
    case 'opaque':
      return false;
  }
}

/** Files that are programs on Windows, paths with a drive or with backslashes between names, the registry. */
const WINDOWS_TEXT =
  /\.(exe|dll|sys|scr|bat|cmd|vbs|vbe|wsf|hta|lnk|msi|cpl|ocx|reg)\b|^[a-z]:\\|\b[a-z]:\\[^\\]|\\[\w .%()-]+(\\|$)|%\w+%|\bhk(lm|cu|cr|ey_)/i;
const ACCOUNT = /^(nt authority|system|local service|network service|s-1-5-\d+)$/i;

const namesAccount = (subject: Scalar): boolean =>
  fieldsOf(scalarPart(subject)).some(({ name }) => /account|user/i.test(name));

const isWindowsColumn = (subject: Scalar): boolean =>
  fieldsOf(scalarPart(subject)).some(({ name }) => /IntegrityLevel$|TokenElevation$|^Registry|VersionInfo/.test(name));
