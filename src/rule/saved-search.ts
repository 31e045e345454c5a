/** Hunting queries deployed as saved searches (Microsoft.OperationalInsights savedSearches). */
import { parseTactics, parseTechniques } from './attack.ts';
import { MappingReader, report } from './mapping-reader.ts';
import type { ReadContext } from './mapping-reader.ts';
import type { Located, SentinelRule } from './types.ts';

export interface SavedSearchTags {
  readonly description: Located<string> | undefined;
  readonly tactics: SentinelRule['tactics'];
  readonly techniques: readonly Located<string>[];
  readonly tags: readonly Located<string>[];
}

/** A hunting query deployed as a saved search keeps its metadata in tags of name and value, lists joined by commas. */
export function readSavedSearchTags(reader: MappingReader, context: ReadContext): SavedSearchTags {
  const values = new Map<string, Located<string>>();
  reader.list('tags', (node) => {
    if (node.type !== 'mapping') {
      report(
        context,
        'wrong-type',
        'warning',
        node.span,
        'A tag of a saved search is no mapping of name and value; it is not used.',
      );
      return undefined;
    }
    const tag = new MappingReader(node, 'tag', context);
    const name = tag.text('name');
    const value = tag.text('value');
    tag.finish();
    if (name !== undefined && value !== undefined) values.set(name.value.toLowerCase(), value);
    return undefined;
  });
  const split = (name: string): readonly Located<string>[] =>
    (values.get(name)?.value ?? '')
      .split(',')
      .map((part) => ({ value: part.trim(), span: values.get(name)?.span ?? reader.head }))
      .filter((part) => part.value !== '');
  const known = ['description', 'tactics', 'techniques'];
  return {
    description: values.get('description'),
    tactics: parseTactics(split('tactics'), context),
    techniques: parseTechniques(split('techniques'), context),
    tags: [...values]
      .filter(([name]) => !known.includes(name))
      .map(([name, { value, span }]) => ({ value: `${name}: ${value}`, span })),
  };
}
