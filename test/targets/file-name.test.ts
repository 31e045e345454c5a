import { expect, test } from 'vitest';
import { outputFileName } from '../../targets/file-name.ts';

test.each([
  ['rule', 'rule.yml'],
  ['EmailAccess-v1.2', 'EmailAccess-v1.2.yml'],
  ['a b (c)', 'a b (c).yml'],
  ['../../etc/passwd', 'etc-passwd.yml'],
  ['a\u0000b\u202ec', 'a-b-c.yml'],
  ['con', '_con.yml'],
  ['NUL.txt', '_NUL.txt.yml'],
  ['', 'rule.yml'],
  ['...', 'rule.yml'],
  ['日本', '日本.yml'],
  ['a'.repeat(300), `${'a'.repeat(120)}.yml`],
])('%j is called %j', (name, expected) => {
  expect(outputFileName(name, '.yml')).toBe(expected);
});
