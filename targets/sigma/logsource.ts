/**
 * A log source as the name of a table, and back. In a Detection of Sigma's vocabulary `source.table` is the log source
 * in one canonical spelling: `category=process_creation product=windows`. Keys stand in the order category, product,
 * service; absent ones are left out; a blank, `=` or `%` in a value is percent-encoded. `definition` is for people and
 * no part of it.
 */
import type { LogSource } from './tree.ts';

const KEYS = ['category', 'product', 'service'] as const;

/** The canonical name of a log source; empty for one that says nothing. */
export function tableOfLogSource(logSource: LogSource): string {
  const parts: string[] = [];
  for (const key of KEYS) {
    const value = logSource[key];
    if (value !== undefined) parts.push(`${key}=${encode(value)}`);
  }
  return parts.join(' ');
}

/** The log source that a table's canonical name stands for. What does not read as one is dropped. */
export function logSourceOfTable(table: string): LogSource {
  const logSource: { category?: string; product?: string; service?: string } = {};
  for (const part of table.split(' ')) {
    for (const key of KEYS) {
      if (part.startsWith(`${key}=`)) logSource[key] = decode(part.slice(key.length + 1));
    }
  }
  return logSource;
}

function encode(value: string): string {
  return value.replace(/[\s=%]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function decode(value: string): string {
  return value.replace(/%([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}
