/** Search identifiers: maps, lists and keywords. */
import type { MappingNode, Node, SequenceNode } from '../../src/rule/document.ts';
import { repeatedKeys, report, sigmaValue } from './read-node.ts';
import type { ReadContext } from './read-node.ts';
import { modifierNamed } from './support.ts';
import type { Modifier } from './support.ts';
import type { SigmaItem, SigmaSearch, SigmaValue } from './tree.ts';

/** Reads the definition of a search identifier; `undefined` (and an error reported) when it says nothing. */
export function readSearch(node: Node, context: ReadContext): SigmaSearch | undefined {
  if (--context.budget < 0) return undefined;
  switch (node.type) {
    case 'mapping':
      return readMap(node, context);
    case 'sequence':
      return readList(node, context);
    case 'scalar': {
      if (node.value !== null) return { op: 'keywords', values: [sigmaValue(node)], span: node.span };
      report(context, 'invalid-rule', 'error', node.span, 'A search identifier must have a map, a list or a keyword.');
      return undefined;
    }
  }
}

function readMap(node: MappingNode, context: ReadContext): SigmaSearch | undefined {
  for (const { key, span } of repeatedKeys(node)) {
    report(context, 'invalid-rule', 'error', span, `The key '${key}' stands twice in the same map.`);
  }
  const items: SigmaItem[] = [];
  for (const entry of node.entries) {
    const item = entry.key === undefined ? undefined : readItem(entry.key, entry.value, entry.keySpan, context);
    if (item !== undefined) items.push(item);
    else report(context, 'invalid-rule', 'error', entry.keySpan, 'This item of a search identifier cannot be read.');
  }
  if (items.length > 0) return { op: 'map', items, span: node.span };
  report(context, 'invalid-rule', 'error', node.span, 'A search identifier must not be empty.');
  return undefined;
}

/** A list of plain values is a keyword search; of anything else, each element is a search of its own. */
function readList(node: SequenceNode, context: ReadContext): SigmaSearch | undefined {
  const of: SigmaSearch[] = [];
  let values: SigmaValue[] = [];
  const flush = () => {
    if (values.length > 0) of.push({ op: 'keywords', values, span: node.span });
    values = [];
  };
  for (const item of node.items) {
    if (--context.budget < 0) return undefined;
    if (item.type === 'scalar') {
      if (item.value === null) report(context, 'invalid-value', 'error', item.span, 'A keyword must not be null.');
      else values.push(sigmaValue(item));
    } else {
      flush();
      const search = readSearch(item, context);
      if (search !== undefined) of.push(search);
    }
  }
  flush();
  const [first] = of;
  if (of.length === 1 && first !== undefined) return first;
  if (of.length > 0) return { op: 'list', of, span: node.span };
  report(context, 'invalid-rule', 'error', node.span, 'A search identifier must not be empty.');
  return undefined;
}

function readItem(key: string, node: Node, keySpan: SigmaItem['span'], context: ReadContext): SigmaItem | undefined {
  const [field = '', ...names] = key.split('|');
  const modifiers: Modifier[] = [];
  for (const name of names) {
    const modifier = modifierNamed(name);
    if (modifier === undefined) {
      report(context, 'unknown-modifier', 'error', keySpan, `'${name}' is no value modifier.`);
      return undefined;
    }
    modifiers.push(modifier);
  }
  const values: SigmaValue[] = [];
  for (const value of node.type === 'sequence' ? node.items : [node]) {
    if (--context.budget < 0) return undefined;
    if (value.type !== 'scalar') {
      report(context, 'invalid-value', 'error', value.span, `The values of '${key}' must be plain values.`);
      return undefined;
    }
    values.push(sigmaValue(value));
  }
  // No value at all is a null, as pySigma reads it.
  if (values.length === 0) values.push(null);
  return {
    field: field === '' ? undefined : field,
    modifiers,
    values,
    span: { start: keySpan.start, end: Math.max(keySpan.end, node.span.end) },
  };
}
