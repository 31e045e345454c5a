/** Names of search identifiers, after the fields that they test: `selection_cmdline`, `filter_main_parent_img`. */
import type { SigmaSearch } from './tree.ts';

/** Short names that SigmaHQ rules use for fields; any other field gives its own name. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  CommandLine: 'cmdline',
  Image: 'img',
  ImageLoaded: 'loaded_img',
  OriginalFileName: 'original_name',
  ParentCommandLine: 'parent_cmdline',
  ParentImage: 'parent_img',
  EventID: 'eid',
  TargetFilename: 'filename',
};

const MAX_LENGTH = 40;

/** A text as a part of an identifier: lower case, digits and single underscores; empty when nothing of it is left. */
export function slug(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, MAX_LENGTH)
    .replace(/^_+|_+$/g, '');
}

export class IdentifierNames {
  readonly #taken = new Set<string>();

  /** A new name for a search. */
  nameFor(prefix: string, search: SigmaSearch): string {
    const base = `${prefix}_${wordFor(search)}`;
    let name = base;
    for (let number = 2; this.#taken.has(name); number++) name = `${base}_${number}`;
    this.#taken.add(name);
    return name;
  }
}

function wordFor(search: SigmaSearch): string {
  switch (search.op) {
    case 'keywords':
      return 'keywords';
    case 'list': {
      const [first] = search.of;
      return first === undefined ? 'any' : wordFor(first);
    }
    case 'map': {
      const field = search.items[0]?.field;
      if (field === undefined) return 'keywords';
      const short = Object.hasOwn(SHORT_NAMES, field) ? SHORT_NAMES[field] : undefined;
      return short ?? (slug(field) || 'field');
    }
  }
}
