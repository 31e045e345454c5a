/** Rules of one run that are called the same: most products tell rules apart by name. */
import { escapeControls } from '../report/terminal.ts';

/** Names that are listed before the rest are only counted. */
const MAX_LISTED = 5;

export class RuleNames {
  readonly #paths = new Map<string, { readonly name: string; readonly paths: string[] }>();

  add(name: string, path: string): void {
    // As the strictest of them does: letters and digits alone count.
    const key = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_');
    const known = this.#paths.get(key);
    if (known === undefined) this.#paths.set(key, { name, paths: [path] });
    else known.paths.push(path);
  }

  /** One line for each name that several rules have, each ending with a line break; `''` where there is none. */
  render(): string {
    const shared = [...this.#paths.values()].filter(({ paths }) => paths.length > 1);
    const lines = shared
      .slice(0, MAX_LISTED)
      .map(({ name, paths }) => `${paths.length} rules are called '${name}': ${[...new Set(paths)].join(', ')}`);
    if (lines.length === 0) return '';
    if (shared.length > lines.length) lines.push(`and ${shared.length - lines.length} more names are shared`);
    lines.push('Where rules are told apart by name, one such rule replaces the other: rename it before loading both.');
    return lines.map((line) => `${escapeControls(line)}\n`).join('');
  }
}
