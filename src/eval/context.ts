/** What evaluating a scalar or predicate needs beside the row. */
import type { Relation, Value } from '../ir/types.ts';
import type { Row } from './value.ts';

export interface Context {
  /** When the rule runs; milliseconds since 1970. */
  readonly now: number;
  /** The first column of a query's result: `in (query)`, `toscalar(query)`. Each query runs once. */
  firstColumn(query: Relation): readonly Value[];
  /** The rows around the current one, for functions that look at them; absent where there is no order. */
  readonly window?: RowWindow;
}

export interface RowWindow {
  readonly rows: readonly Row[];
  readonly index: number;
}
