/** Tests and values as YARA-L says them: one row each, from a Detection's predicate to the line in the events section. */
import { describe, expect, it } from 'vitest';
import * as b from '../../src/ir/build.ts';
import type { Predicate } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { emit } from '../../targets/chronicle/emit.ts';
import { toQuery, wordLogic } from '../../targets/chronicle/logic.ts';
import { printRule } from '../../targets/chronicle/print.ts';
import { udmField } from '../../targets/chronicle/udm-path.ts';
import { OPTIONS } from './support.ts';

const udm = (name: string, ...path: string[]): ReturnType<typeof udmField> => udmField(name, path, NO_SPAN);
const host = udm('principal.hostname');
const ip = udm('principal.ip');
const port = udm('target.port');
const action = udm('security_result.action');
const label = udm('additional.fields', 'x "y"');
const cased = { caseSensitive: true };

function eventsOf(where: Predicate): string {
  const logic = wordLogic({
    variables: [{ name: 'e', source: 'udm', where, absent: false }],
    placeholders: [],
    across: b.constant(true),
    window: undefined,
    measures: [],
    computed: [],
    condition: b.constant(true),
  });
  const text = printRule(emit(b.detection('x', toQuery(logic)), OPTIONS));
  const section = /events:\n([^]*?)\n\n/.exec(text)?.[1] ?? '';
  return section.replaceAll(/^ {4}/gm, '');
}

describe('tests on texts', () => {
  it.each<[string, Predicate, string]>([
    ['equality', b.match(host, 'equals', 'web', cased), '$e.principal.hostname = "web"'],
    ['equality without case', b.match(host, 'equals', 'web'), '$e.principal.hostname = "web" nocase'],
    ['a value without letters', b.match(host, 'equals', '4625'), '$e.principal.hostname = "4625"'],
    ['inequality', b.not(b.match(host, 'equals', 'web')), '$e.principal.hostname != "web" nocase'],
    ['part', b.match(host, 'contains', 'a.b', cased), 'strings.contains($e.principal.hostname, "a.b")'],
    ['part without case', b.match(host, 'contains', 'a.b'), 're.regex($e.principal.hostname, `a\\.b`) nocase'],
    ['no part', b.not(b.match(host, 'contains', 'x')), 'not re.regex($e.principal.hostname, `x`) nocase'],
    ['start', b.match(host, 'startsWith', 'x', cased), 'strings.starts_with($e.principal.hostname, "x")'],
    ['a number that is one', b.compare(b.call('toLong', [port], 'long'), '>=', b.long(400)), '$e.target.port >= 400'],
    [
      'start of a number',
      b.match(port, 'startsWith', '44', cased),
      'strings.starts_with(cast.as_string($e.target.port), "44")',
    ],
    ['start without case', b.match(host, 'startsWith', 'x'), 're.regex($e.principal.hostname, `^x`) nocase'],
    ['end', b.match(host, 'endsWith', '\\x'), 're.regex($e.principal.hostname, `\\\\x$`) nocase'],
    [
      'term',
      b.match(host, 'term', 'add'),
      're.regex($e.principal.hostname, `(?:^|[^\\pL\\pN])add(?:[^\\pL\\pN]|$)`) nocase',
    ],
    ['term of delimiters', b.match(host, 'term', '.-.'), 'strings.contains($e.principal.hostname, ".-.")'],
    [
      'term with a delimiter first',
      b.match(host, 'term', '.exe'),
      're.regex($e.principal.hostname, `\\.exe(?:[^\\pL\\pN]|$)`) nocase',
    ],
    ['any of some', b.match(host, 'contains', ['a', 'b']), 're.regex($e.principal.hostname, `a|b`) nocase'],
    [
      'all of some',
      b.match(host, 'contains', ['a', 'b'], { quantifier: 'all' }),
      're.regex($e.principal.hostname, `a`) nocase\nre.regex($e.principal.hostname, `b`) nocase',
    ],
    [
      'a few equalities',
      b.match(host, 'equals', ['a', 'b'], cased),
      '($e.principal.hostname = "a" or $e.principal.hostname = "b")',
    ],
    [
      'many equalities',
      b.match(host, 'equals', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i.']),
      're.regex($e.principal.hostname, `^(?:a|b|c|d|e|f|g|h|i\\.)$`) nocase',
    ],
    [
      'none of some',
      b.not(b.match(host, 'equals', ['a', 'b'], cased)),
      '$e.principal.hostname != "a"\n$e.principal.hostname != "b"',
    ],
    ['pattern', b.match(host, 'regex', '(?i)a+`'), 're.regex($e.principal.hostname, `a+\\x60`) nocase'],
    [
      'pattern that is a part',
      b.match(host, 'regex', 'a\\.b', cased),
      'strings.contains($e.principal.hostname, "a.b")',
    ],
    ['wildcard', b.match(host, 'wildcard', 'a*b?', cased), 're.regex($e.principal.hostname, `(?s)^a.*b.$`)'],
    ['quotes', b.match(host, 'equals', 'a"b\\', cased), '$e.principal.hostname = "a\\"b\\\\"'],
    ['control characters', b.match(host, 'equals', 'a\u0007', cased), 're.regex($e.principal.hostname, `^a\\x07$`)'],
    ['emptiness', b.missing(host, 'empty'), '$e.principal.hostname = ""'],
    ['presence', b.not(b.missing(host, 'empty')), '$e.principal.hostname != ""'],
    [
      'lower case',
      b.match(b.call('lower', [host], 'string'), 'equals', 'a', cased),
      '$e.principal.hostname = "a" nocase',
    ],
    ['a key', b.match(label, 'equals', 'v', cased), '$e.additional.fields["x \\"y\\""] = "v"'],
    [
      'two fields',
      b.matchScalar(host, 'equals', udm('target.hostname')),
      '$e.principal.hostname = $e.target.hostname nocase',
    ],
    [
      'a field in another',
      b.matchScalar(host, 'contains', udm('target.hostname'), true),
      'strings.contains($e.principal.hostname, $e.target.hostname)',
    ],
    [
      'a reference list',
      b.not(b.inQuery(host, 'equals', b.reference('watchlist', 'admins', []))),
      'not $e.principal.hostname in %admins nocase',
    ],
  ])('%s', (_name, where, line) => {
    expect(eventsOf(where)).toBe(line);
  });
});

describe('tests on lists, enumerations and numbers', () => {
  it.each<[string, Predicate, string]>([
    ['an element', b.match(ip, 'equals', '1.2.3.4'), '$e.principal.ip = "1.2.3.4"'],
    ['no element', b.not(b.match(ip, 'equals', '1.2.3.4')), 'not any $e.principal.ip = "1.2.3.4"'],
    ['no element that matches', b.not(b.match(ip, 'contains', 'x')), 'not re.regex(any $e.principal.ip, `x`) nocase'],
    ['a range', b.ipInRange(ip, ['10.0.0.0/8']), 'net.ip_in_range_cidr($e.principal.ip, "10.0.0.0/8")'],
    ['no range', b.not(b.ipInRange(ip, ['10.0.0.0/8'])), 'not net.ip_in_range_cidr(any $e.principal.ip, "10.0.0.0/8")'],
    ['an enumerated value', b.match(action, 'equals', 'block'), '$e.security_result.action = "BLOCK"'],
    ['its zero value', b.missing(action, 'empty'), '$e.security_result.action = "UNKNOWN_ACTION"'],
    [
      'a part of its values',
      b.match(action, 'startsWith', 'ALLOW'),
      '($e.security_result.action = "ALLOW" or $e.security_result.action = "ALLOW_WITH_MODIFICATION")',
    ],
    ['a number', b.oneOf(port, [{ type: 'long', value: 443n }]), '$e.target.port = 443'],
    ['a negative number', b.compare(port, '>', b.long(-1)), '$e.target.port > 0 - 1'],
    ['order', b.not(b.compare(port, '>=', b.long(1024))), 'not $e.target.port >= 1024'],
    ['between', b.between(port, b.long(1), b.long(9)), '$e.target.port >= 1\n$e.target.port <= 9'],
    [
      'a sum first',
      b.compare(b.call('divide', [b.call('subtract', [port, b.long(1)], 'long'), b.real(2)], 'real'), '>', b.long(3)),
      '3 < ($e.target.port - 1) / 2.0',
    ],
    ['a bool', b.not(b.isTrue(udm('network.dns.response'))), '$e.network.dns.response = false'],
    [
      'the hour',
      b.compare(
        b.call('hourOfDay', [b.call('fromUnixSeconds', [udm('metadata.event_timestamp.seconds')], 'datetime')], 'long'),
        '<',
        b.long(6),
      ),
      'timestamp.get_hour($e.metadata.event_timestamp.seconds, "UTC") < 6',
    ],
    [
      'a group of several',
      b.match(b.call('extract', [b.text('(a)(b+)'), b.long(2), host], 'string'), 'equals', 'bb', cased),
      're.capture($e.principal.hostname, `(?:a)(b+)`) = "bb"',
    ],
    [
      'a piece',
      b.match(
        b.call('element', [b.call('split', [host, b.text('.')], 'dynamic'), b.long(0)], 'dynamic'),
        'equals',
        'web',
        cased,
      ),
      'arrays.index_to_str(strings.split($e.principal.hostname, "."), 0) = "web"',
    ],
  ])('%s', (_name, where, line) => {
    expect(eventsOf(where)).toBe(line);
  });
});
