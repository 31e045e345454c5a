/** Tables that are no events: written in the query, or kept as lookups. */
import { literalTable, reference } from '../../src/ir/build.ts';
import { closedEnvironment } from '../../src/ir/environment.ts';
import { field } from '../../src/ir/build.ts';
import type { Field, Relation, Value } from '../../src/ir/types.ts';
import { adaptValue } from './adapt-scalar.ts';
import type { Adapting, Use } from './adapting.ts';
import type { Counterpart } from './adapt-fields.ts';
import { typeOfColumn } from './raise-literal.ts';
import { fieldNameFor } from './adapting.ts';
import { safeName } from './quoting.ts';
import { Rows } from './rows.ts';

type OperatorOf<Op extends Relation['op']> = Extract<Relation, { readonly op: Op }>;

/** A table written in the query. */
export function adaptLiteral(node: OperatorOf<'literal'>, adapting: Adapting): Rows {
  const names = new Map<string, string>();
  for (const { name } of node.columns) names.set(name, uniqueName(fieldNameFor(name), new Set(names.values())));
  const rows = node.rows.map((row) => node.columns.map((_, index) => adaptCell(row[index], node, adapting)));
  const plain = rows.map((row) =>
    row.map((value) =>
      value.type === 'string' || value.type === 'real'
        ? value.value
        : value.type === 'long'
          ? Number(value.value)
          : null,
    ),
  );
  const columns = node.columns.map((column, index) => ({
    name: names.get(column.name) ?? column.name,
    type: typeOfColumn(plain.map((row) => row[index])),
  }));
  const cells = rows.map((row) =>
    row.map((value, index): Value =>
      value.type === 'null' ? { type: 'null', of: columns[index]?.type ?? 'string' } : value,
    ),
  );
  const kept = columnsWithValues(columns, cells);
  const result = new Rows({
    adapting,
    source: literalTable(kept.columns, kept.rows, node.span),
    environment: closedEnvironment([], (name) => field(name)),
    isOpen: false,
    taken: names.values(),
  });
  result.setColumns(
    node.columns.map((column) => {
      const name = names.get(column.name) ?? column.name;
      const holds = column.type === 'datetime' ? ('epoch' as const) : ('stored' as const);
      return [column.name, { scalar: field(name, [], column.type, node.span), holds }];
    }),
  );
  return result;
}

/** JSON rows leave out what is null: a column without any value is none. Columns come in the order of their first value. */
function columnsWithValues(
  columns: OperatorOf<'literal'>['columns'],
  rows: readonly (readonly Value[])[],
): Pick<OperatorOf<'literal'>, 'columns' | 'rows'> {
  const order: number[] = [];
  for (const row of rows) {
    row.forEach((value, index) => {
      if (value.type !== 'null' && !order.includes(index)) order.push(index);
    });
  }
  return {
    columns: order.flatMap((index) => {
      const column = columns[index];
      return column === undefined ? [] : [column];
    }),
    rows: rows.map((row) => order.flatMap((index) => row[index] ?? [])),
  };
}

function adaptCell(value: Value | undefined, node: Relation, adapting: Adapting): Value {
  const adapted = value === undefined ? undefined : adaptValue(value, node.span);
  if (adapted?.op === 'literal') {
    const { value: written } = adapted;
    if (written.type !== 'long' || Number.isSafeInteger(Number(written.value))) return written;
  }
  if (value !== undefined) {
    adapting.refuse('unsupported-operator', 'differs', node.span, 'A table with such values has no counterpart.');
  }
  return { type: 'null', of: 'string' };
}

function uniqueName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`;
  return name;
}

/** A watchlist: a lookup of the same name, whose columns keep their names. */
export function adaptReference(node: OperatorOf<'reference'>, adapting: Adapting): Rows {
  if (node.kind === 'external') {
    adapting.refuse('unsupported-operator', 'differs', node.span, 'Data from an address outside has no counterpart.');
  }
  const name = safeName(node.name);
  const message = `The watchlist '${node.name}' is read from a lookup '${name}' with the same columns, which has to be there.`;
  adapting.note('missing-lookup', 'context', node.span, message);
  return new Rows({
    adapting,
    source: reference('watchlist', name, [], node.span),
    environment: { columns: new Map(), open: true, hidden: new Set() },
    isOpen: false,
    placing: LOOKUP_FIELDS,
  });
}

/** A lookup's columns keep their names. */
const LOOKUP_FIELDS = {
  counterpart: (of: Field, _use: Use): Counterpart => ({
    kind: 'place',
    place: { scalar: { ...of, name: safeName(of.name) }, holds: 'stored' },
  }),
  placeOf: (of: Field): { readonly scalar: Field; readonly holds: 'stored' } => ({ scalar: of, holds: 'stored' }),
};
