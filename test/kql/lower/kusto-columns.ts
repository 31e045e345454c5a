/** The columns that Microsoft's binder (Kusto.Language) gives a query, over the tables of our schema lists. */
import { schemaOf } from '../../../src/kql/schema/schema.ts';
import { TABLES } from '../../../src/kql/schema/tables.ts';
import { kustoLanguage } from '../../oracles/kusto-language.ts';

interface List<Item> {
  readonly Count: number;
  getItem(index: number): Item;
}

interface Named {
  readonly Name: string;
}

interface Binder {
  readonly KustoCode: {
    ParseAndAnalyze(
      text: string,
      globals: unknown,
    ): {
      GetDiagnostics(): List<{ readonly Severity: string }>;
      readonly ResultType: { readonly Columns?: List<Named>; readonly IsOpen?: boolean } | null;
    };
  };
  readonly GlobalState: { readonly Default: { WithDatabase(database: unknown): unknown } };
  readonly Symbols: {
    readonly TableSymbol: { readonly $ctor7: new (name: string, schema: string, description: null) => unknown };
    readonly DatabaseSymbol: { readonly $ctor1: new (name: string, members: unknown, isOpen?: boolean) => unknown };
  };
}

const items = <Item>(list: List<Item>): readonly Item[] =>
  Array.from({ length: list.Count }, (_, index) => list.getItem(index));

function globalsOf({ Symbols, GlobalState }: Binder): unknown {
  const names = TABLES.trim()
    .split('\n')
    .map((line) => line.slice(0, line.indexOf(' ')));
  const tables = names.map((name) => {
    const columns = [...(schemaOf(name)?.columns ?? [])].map(
      ([column, type]) => `['${column}']: ${type === 'unknown' || type === 'guid' ? 'string' : type}`,
    );
    return new Symbols.TableSymbol.$ctor7(name, `(${columns.join(', ')})`, null);
  });
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1('db', tables));
}

let prepared: { readonly binder: Binder; readonly globals: unknown } | undefined;

/** The names of a query's columns, in order; `undefined` where the binder finds errors or does not know all columns. */
export function kustoColumns(query: string): readonly string[] | undefined {
  if (prepared === undefined) {
    const binder = kustoLanguage() as unknown as Binder;
    prepared = { binder, globals: globalsOf(binder) };
  }
  const code = prepared.binder.KustoCode.ParseAndAnalyze(query, prepared.globals);
  if (items(code.GetDiagnostics()).some((one) => one.Severity === 'Error')) return undefined;
  const { ResultType } = code;
  if (ResultType?.Columns === undefined || ResultType.IsOpen === true) return undefined;
  return items(ResultType.Columns).map((column) => column.Name);
}
