/** What a rule and a correlation rule say about themselves. */
import type { MappingNode } from '../../src/rule/document.ts';
import { report, textAt, textsAt, valueAt } from './read-node.ts';
import type { ReadContext } from './read-node.ts';
import type { SigmaHeader, SigmaRelation } from './tree.ts';

export function readHeader(document: MappingNode, context: ReadContext): SigmaHeader {
  const title = textAt(document, 'title', context);
  if (title === undefined) report(context, 'invalid-rule', 'warning', document.span, 'The rule has no title.');
  const optional = (key: 'id' | 'name' | 'status' | 'description' | 'author' | 'date' | 'level') => {
    const value = textAt(document, key, context);
    return value === undefined ? {} : { [key]: value };
  };
  return {
    title: title ?? '',
    ...optional('id'),
    ...optional('name'),
    related: readRelated(document, context),
    ...optional('status'),
    ...optional('description'),
    references: textsAt(document, 'references', context),
    ...optional('author'),
    ...optional('date'),
    tags: textsAt(document, 'tags', context),
    falsePositives: textsAt(document, 'falsepositives', context),
    ...optional('level'),
  };
}

function readRelated(document: MappingNode, context: ReadContext): readonly SigmaRelation[] {
  const node = valueAt(document, 'related');
  if (node === undefined) return [];
  const related: SigmaRelation[] = [];
  for (const item of node.type === 'sequence' ? node.items : []) {
    const id = item.type === 'mapping' ? textAt(item, 'id', context) : undefined;
    const type = item.type === 'mapping' ? textAt(item, 'type', context) : undefined;
    if (id !== undefined && type !== undefined) related.push({ id, type });
    else report(context, 'invalid-value', 'warning', item.span, "A related rule must have an 'id' and a 'type'.");
  }
  return related;
}
