import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { hasUnreadableRegex, matchesEmptyText, translateRegex } from '../../targets/sigma/regex.ts';

/** KQL's regex; Sigma's; its modifiers; what the specification's subset lacks. */
const translations: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['a+', 'a+', '', []],
  ['(?i)cmd', 'cmd', 'i', []],
  ['(?i)[0-9]+', '[0-9]+', '', []],
  ['(?:x|y)z', '(x|y)z', '', []],
  ['(?P<name>x)', '(x)', '', []],
  ['\\d{1,3}\\.\\w', '[0-9]{1,3}\\.[0-9A-Z_a-z]', '', []],
  ['\\D', '[^0-9]', '', []],
  ['[^\\w.]', '[^0-9A-Z_a-z.]', '', []],
  ['[\\W_]', '[^0-9A-Za-z]', '', []],
  ['a*?b+?', 'a*b+', '', []],
  ['a{2}b{2,}c{2,3}', 'a{2}b{2,}c{2,3}', '', []],
  ['[[:digit:]a-]', '[0-9a\\-]', '', []],
  ['\\x41\\Q.*\\E', 'A\\.\\*', '', []],
  ['(?i)a(?-i)b', '[aA]b', '', []],
  ['(?s).*', '.*', 's', []],
  ['(?m)^a$', '^a$', 'm', []],
  ['\\Aa\\z', '^a$', '', []],
  ['[\\s\\S]*', '.*', 's', []],
  ['a|', 'a|', '', []],
  ['{a}', '\\{a\\}', '', []],
  ['\\bcmd\\b', '\\bcmd\\b', '', ['\\b']],
  ['a\\sb\\t', 'a[\\s]b\\t', '', ['\\s', '\\t']],
  ['^\\\\\\\\[^\\\\]+$', '^\\\\\\\\[^\\\\]+$', '', []],
];

describe('regular expressions', () => {
  it.each(translations)('%s becomes %s', (source, expected, flags, beyond) => {
    const { regex } = translateRegex(source, false, 'more');
    const modifiers =
      regex && (regex.caseSensitive ? '' : 'i') + (regex.multiLine ? 'm' : '') + (regex.dotAll ? 's' : '');
    expect({ source: regex?.source, modifiers, beyond: regex?.beyondSubset }).toEqual({
      source: expected,
      modifiers: flags,
      beyond,
    });
  });

  const texts = [
    '',
    'a',
    'ab',
    'aab',
    'AB',
    'aB',
    'b',
    'cmd',
    'CMD',
    'xcmdx',
    'x cmd y',
    'xz',
    'yz',
    'z',
    '1.2.3',
    '12.a',
    '_',
    '-',
    '.',
    '\\\\srv',
    '\\\\a\\b',
    'a\nb',
    '\na\n',
    'a b\t',
    'A.*',
    '{a}',
    'aabbcc',
    '٣',
    'é',
  ];
  it.each(translations)('%s matches the same texts', (source, _expected, _flags, _beyond) => {
    const { regex } = translateRegex(source, false, 'more');
    if (regex === undefined) throw new Error('not translated');
    const flags =
      (regex.caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE) |
      (regex.multiLine ? RE2JS.MULTILINE : 0) |
      (regex.dotAll ? RE2JS.DOTALL : 0);
    const before = RE2JS.compile(source);
    const after = RE2JS.compile(regex.source, flags);
    for (const text of texts) {
      expect([text, after.matcher(text).find()]).toEqual([text, before.matcher(text).find()]);
    }
    expect(matchesEmptyText(source)).toBe(before.matcher('').find());
  });

  it.each([
    ['(^|[^\\p{L}\\p{N}])cmd', 'more', '(^|[^a-zA-Z0-9])cmd'],
    ['(^|[^\\p{L}\\p{N}])cmd', 'less', '(^|[\\t\\n\\r -/:-@\\[-`{-~])cmd'],
    ['\\pN', 'less', '[0-9]'],
    ['\\PN', 'more', '[^0-9]'],
  ] as const)('properties are approximated: %s matches %s', (source, matches, expected) => {
    const { regex } = translateRegex(source, false, matches);
    expect(regex).toMatchObject({ source: expected, isApproximate: true });
  });

  it.each([
    ['(?=a)b', '(?='],
    ['(?<!a)b', '(?<'],
    ['(a)\\1', '\\1'],
    ['a**', 'a repeated repetition'],
    ['(a', '('],
    ['a)', ')'],
    ['[a', '['],
    ['\\p{Greek}', '\\p{Greek}'],
    ['(?m)\\Aa$', 'ends of the text beside ends of lines'],
    ['('.repeat(2000) + ')'.repeat(2000), 'groups more than 100 deep'],
  ])('%j is refused', (source, construct) => {
    const result = translateRegex(source, false, 'more');
    expect(result.regex === undefined && result.unsupported).toContain(construct);
  });

  it.each(['(?=a)b', 'a++', '(?>a)', '(a)\\1', '(?<=a)b'])('%s has no meaning in a Detection', (source) => {
    expect(hasUnreadableRegex(source)).toBe(true);
  });
});
