/**
 * Microsoft's own KQL parser (`@kusto/language-service-next`, the JavaScript build of Kusto.Language), as an oracle for
 * ours. Only what its parser says counts, not its binder: no table schema is given, so names mean nothing here.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';

export interface OracleError {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

interface DiagnosticList {
  readonly Count: number;
  getItem(index: number): {
    readonly Code: string;
    readonly Message: string;
    readonly Start: number;
    readonly End: number;
  };
}

interface KustoLanguage {
  readonly KustoCode: { Parse(text: string): { GetDiagnostics(): DiagnosticList } };
}

let loaded: KustoLanguage | undefined;

/** The library; it takes about a second to load, and only does so when first asked for. */
export function kustoLanguage(): KustoLanguage {
  if (loaded === undefined) {
    const folder = dirname(createRequire(import.meta.url).resolve('@kusto/language-service-next'));
    for (const name of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
      runInThisContext(readFileSync(join(folder, name), 'utf8'), { filename: name });
    }
    loaded = (globalThis as unknown as { Kusto: { Language: KustoLanguage } }).Kusto.Language;
  }
  return loaded;
}

/** The syntax errors Microsoft's parser finds, in the order of the text. */
export function kustoSyntaxErrors(query: string): readonly OracleError[] {
  const list = kustoLanguage().KustoCode.Parse(query).GetDiagnostics();
  const errors: OracleError[] = [];
  for (let index = 0; index < list.Count; index++) {
    const { Code, Message, Start, End } = list.getItem(index);
    errors.push({ code: Code, message: Message, start: Start, end: End });
  }
  return errors.sort((a, b) => a.start - b.start);
}
