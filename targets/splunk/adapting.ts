/** What all parts of `adapt` share: the options, the notes so far, and the names in use. */
import type { Effect, Note } from '../../src/diagnostic.ts';
import { field } from '../../src/ir/build.ts';
import { effectUnder } from '../../src/ir/fidelity.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Field, Relation } from '../../src/ir/types.ts';
import { fieldsOf, partsOf, relationPart } from '../../src/ir/walk.ts';
import { NO_SPAN } from '../../src/source.ts';
import type { Span } from '../../src/source.ts';
import type { ConversionOptions } from '../target.ts';
import { codes } from './codes.ts';
import type { SplunkCode } from './codes.ts';
import { safeName } from './quoting.ts';

/**
 * What a value is for. `decides`: whether there is a row depends on it; `shown`: it only stands in the result. Polarity:
 * how the rule's firing depends on it.
 */
export interface Use {
  readonly decides: boolean;
  readonly polarity: Polarity;
}

export const SHOWN: Use = { decides: false, polarity: 'mixed' };
export const deciding = (polarity: Polarity): Use => ({ decides: true, polarity });

export class Adapting {
  readonly options: ConversionOptions;
  /** All places that the query names: unpacked bags are looked up in them. */
  readonly fields: readonly Field[];
  /** How far back the saved search reaches; milliseconds. */
  readonly lookback: number | undefined;
  readonly notes: Note[] = [];
  readonly unmapped = new Set<string>();
  #isRefused = false;

  /** Names of columns that the query itself makes. */
  readonly defined: ReadonlySet<string>;

  constructor(options: ConversionOptions, query: Relation, lookback: number | undefined) {
    this.options = options;
    this.fields = fieldsOf(relationPart(query));
    this.defined = definedNames(query);
    this.lookback = lookback;
  }

  /** A column by its name alone, with the type that the query knows of it. */
  fieldOf(name: string, span: Span = NO_SPAN): Field {
    const known = this.fields.find((one) => one.name === name && one.path.length === 0 && one.type !== 'unknown');
    return field(name, [], known?.type ?? (name === 'TimeGenerated' ? 'datetime' : 'unknown'), span);
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }

  note(code: SplunkCode, effect: Effect, span: Span, message: string, hint?: string): void {
    this.notes.push(codes.note(code, effect, span, message, hint));
  }

  /** A difference in a value: what it does depends on what the value is for. */
  noteUse(code: SplunkCode, effect: Effect, use: Use, span: Span, message: string, hint?: string): void {
    this.note(code, use.decides ? effectUnder(use.polarity, effect) : 'context', span, message, hint);
  }

  /**
   * Something that cannot be said. Without `bestEffort` there is no output; with it, it is left out, with this effect.
   */
  refuse(code: SplunkCode, effect: Effect, span: Span, message: string, hint?: string): void {
    if (this.options.bestEffort) this.note(code, effect, span, `${message} It is left out.`, hint);
    else {
      this.#isRefused = true;
      this.note(code, 'refused', span, message, hint);
    }
  }

  /** Something of which no part can be left out: there is no output. */
  refuseWhole(code: SplunkCode, span: Span, message: string): void {
    this.#isRefused = true;
    this.note(code, 'refused', span, message);
  }
}

/** A column's name as a Splunk field. Names that begin with an underscore are hidden by Splunk: they get a letter. */
export function fieldNameFor(column: string): string {
  const safe = safeName(column);
  return safe.startsWith('_') ? `column${safe}` : safe;
}

function definedNames(query: Relation): ReadonlySet<string> {
  const names = new Set<string>();
  for (const part of partsOf(relationPart(query))) {
    if (part.kind !== 'relation') continue;
    const { node } = part;
    if (node.op === 'extend' || node.op === 'project' || node.op === 'expand' || node.op === 'apply') {
      for (const column of node.columns) {
        const isItself =
          column.value.op === 'field' && column.value.name === column.name && column.value.path.length === 0;
        if (!isItself) names.add(column.name);
      }
    } else if (node.op === 'aggregate') {
      for (const { name } of [...node.by, ...node.measures]) names.add(name);
    } else if (node.op === 'rename') {
      for (const { to } of node.columns) names.add(to);
    } else if (node.op === 'parse') {
      for (const one of node.parts) if (one.part === 'column') names.add(one.name);
    }
  }
  return names;
}
