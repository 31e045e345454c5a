/** What all parts of `adapt` share: the options, the notes so far, and the names in use. */
import type { Effect, Note } from '../../src/diagnostic.ts';
import { effectUnder } from '../../src/ir/fidelity.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Field } from '../../src/ir/types.ts';
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

  constructor(options: ConversionOptions, fields: readonly Field[], lookback: number | undefined) {
    this.options = options;
    this.fields = fields;
    this.lookback = lookback;
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
   * Something that can not be said. Without `bestEffort` there is no output; with it, it is left out, with this effect.
   */
  refuse(code: SplunkCode, effect: Effect, span: Span, message: string, hint?: string): void {
    if (this.options.bestEffort) this.note(code, effect, span, `${message} It is left out.`, hint);
    else {
      this.#isRefused = true;
      this.note(code, 'refused', span, message, hint);
    }
  }
}

/** A column's name as a Splunk field. Names that begin with an underscore are hidden by Splunk: they get a letter. */
export function fieldNameFor(column: string): string {
  const safe = safeName(column);
  return safe.startsWith('_') ? `column${safe}` : safe;
}
