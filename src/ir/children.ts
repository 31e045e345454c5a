/** What stands directly below each node, said once: every walk in `walk.ts` is made of these three functions. */
import type { JoinKey, Measure, NamedScalar, Predicate, Relation, Scalar, SortKey } from './types.ts';

export interface ChildMapper {
  relation(node: Relation): Relation;
  predicate(node: Predicate): Predicate;
  scalar(node: Scalar): Scalar;
}

/** The list with each item replaced; the same list when none changed. */
function mapList<Item>(list: readonly Item[], map: (item: Item) => Item): readonly Item[] {
  const mapped = list.map(map);
  return mapped.some((item, index) => item !== list[index]) ? mapped : list;
}

/** The node with some properties replaced; the same node when all are what they were. */
function change<Node extends object>(node: Node, properties: Partial<Node>): Node {
  const current = node as Readonly<Record<string, unknown>>;
  return Object.entries(properties).some(([name, value]) => current[name] !== value)
    ? { ...node, ...properties }
    : node;
}

export function mapScalarChildren(node: Scalar, mapper: ChildMapper): Scalar {
  switch (node.op) {
    case 'field':
    case 'literal':
    case 'anyField':
    case 'now':
    case 'opaque':
      return node;
    case 'call':
      return change(node, { args: mapList(node.args, (arg) => mapper.scalar(arg)) });
    case 'choose': {
      const cases = mapList(node.cases, (one) =>
        change(one, { when: mapper.predicate(one.when), then: mapper.scalar(one.then) }),
      );
      return change(node, { cases, otherwise: mapper.scalar(node.otherwise) });
    }
    case 'test':
      return change(node, { of: mapper.predicate(node.of) });
    case 'query':
      return change(node, { query: mapper.relation(node.query) });
  }
}

export function mapPredicateChildren(node: Predicate, mapper: ChildMapper): Predicate {
  switch (node.op) {
    case 'constant':
    case 'opaque':
      return node;
    case 'and':
    case 'or':
      return change(node, { of: mapList(node.of, (operand) => mapper.predicate(operand)) });
    case 'not':
      return change(node, { of: mapper.predicate(node.of) });
    case 'match':
    case 'oneOf':
    case 'ipInRange':
    case 'missing':
      return change(node, { subject: mapper.scalar(node.subject) });
    case 'matchScalar':
      return change(node, { subject: mapper.scalar(node.subject), value: mapper.scalar(node.value) });
    case 'compare':
      return change(node, { left: mapper.scalar(node.left), right: mapper.scalar(node.right) });
    case 'between':
      return change(node, {
        subject: mapper.scalar(node.subject),
        low: mapper.scalar(node.low),
        high: mapper.scalar(node.high),
      });
    case 'inQuery':
      return change(node, { subject: mapper.scalar(node.subject), query: mapper.relation(node.query) });
    case 'isTrue':
      return change(node, { of: mapper.scalar(node.of) });
  }
}

export function mapRelationChildren(node: Relation, mapper: ChildMapper): Relation {
  const scalar = (item: Scalar): Scalar => mapper.scalar(item);
  const column = <Item extends NamedScalar>(item: Item): Item => changeValue(item, mapper.scalar(item.value));
  switch (node.op) {
    case 'source':
    case 'literal':
    case 'reference':
      return node;
    case 'filter':
      return change(node, { input: mapper.relation(node.input), where: mapper.predicate(node.where) });
    case 'extend':
    case 'project':
      return change(node, { input: mapper.relation(node.input), columns: mapList(node.columns, column) });
    case 'expand':
      return change(node, { input: mapper.relation(node.input), columns: mapList(node.columns, column) });
    case 'apply':
      return change(node, {
        input: mapper.relation(node.input),
        columns: mapList(node.columns, column),
        query: mapper.relation(node.query),
      });
    case 'select':
    case 'rename':
    case 'take':
      return change(node, { input: mapper.relation(node.input) });
    case 'aggregate':
      return change(node, {
        input: mapper.relation(node.input),
        by: mapList(node.by, column),
        measures: mapList(node.measures, (measure) => mapMeasure(measure, mapper)),
      });
    case 'join':
      return change(node, {
        left: mapper.relation(node.left),
        right: mapper.relation(node.right),
        on: mapList(node.on, (key: JoinKey) =>
          change(key, { left: mapper.scalar(key.left), right: mapper.scalar(key.right) }),
        ),
      });
    case 'union':
      return change(node, { inputs: mapList(node.inputs, (input) => mapper.relation(input)) });
    case 'unpack': {
      const input = mapper.relation(node.input);
      const bag = mapper.scalar(node.bag);
      if (bag.op === 'field') return change(node, { input, bag });
      // The operator takes a field: what is computed becomes one first, under the name that stood there.
      const columns = [{ name: node.bag.name, value: bag }];
      return { ...node, input: { op: 'extend', input, columns, span: node.span }, bag: { ...node.bag, path: [] } };
    }
    case 'parse':
      return change(node, { input: mapper.relation(node.input), subject: mapper.scalar(node.subject) });
    case 'sort':
    case 'top':
      return change(node, {
        input: mapper.relation(node.input),
        by: mapList(node.by, (key: SortKey) => changeValue(key, mapper.scalar(key.value))),
      });
    case 'series': {
      const mapped = change(node, {
        input: mapper.relation(node.input),
        measures: mapList(node.measures, (measure) => mapMeasure(measure, mapper)),
        on: mapper.scalar(node.on),
      });
      const { from, to } = node;
      return change(mapped, {
        ...(from === undefined ? {} : { from: mapper.scalar(from) }),
        ...(to === undefined ? {} : { to: mapper.scalar(to) }),
        step: mapper.scalar(node.step),
        by: mapList(node.by, column),
      });
    }
    case 'plugin':
      return change(node, {
        input: mapper.relation(node.input),
        args: mapList(node.args, scalar),
        tables: mapList(node.tables, (table) => mapper.relation(table)),
      });
    case 'opaque':
      return node.input === undefined ? node : change(node, { input: mapper.relation(node.input) });
  }
}

function changeValue<Item extends { readonly value: Scalar }>(item: Item, value: Scalar): Item {
  return value === item.value ? item : { ...item, value };
}

function mapMeasure<M extends Measure>(measure: M, mapper: ChildMapper): M {
  const args = mapList(measure.args, (arg) => mapper.scalar(arg));
  const where = measure.where === undefined ? undefined : mapper.predicate(measure.where);
  if (args === measure.args && where === measure.where) return measure;
  return { ...measure, args, ...(where === undefined ? {} : { where }) };
}
