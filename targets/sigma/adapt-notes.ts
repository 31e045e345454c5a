/** What adapting finds out on its way: notes, columns without a Sigma name, and whether the rule is refused. */
import type { Effect, Note } from '../../src/diagnostic.ts';
import { effectUnder } from '../../src/ir/fidelity.ts';
import type { Polarity } from '../../src/ir/fidelity.ts';
import type { Span } from '../../src/source.ts';
import type { ConversionOptions } from '../target.ts';
import { codes } from './codes.ts';
import type { SigmaCode } from './codes.ts';

/** Something that Sigma has no words for. */
export interface Failure {
  readonly code: SigmaCode;
  readonly message: string;
  readonly span: Span;
  /** Without it the rule is another one (a comparison with what was seen before): never left out unless asked for. */
  readonly essential?: boolean;
}

export class Adapting {
  readonly options: ConversionOptions;
  readonly notes: Note[] = [];
  readonly #unmapped = new Set<string>();
  /** By the text of the list's query; one for all trials. */
  #placeholders = new Map<string, string>();
  /** How the rule's firing depends on what is being adapted. */
  #polarity: Polarity = 'positive';
  /** Whether it matters how many events there are, or of which time: below a correlation. */
  #counts = false;

  constructor(options: ConversionOptions) {
    this.options = options;
  }

  get unmapped(): readonly string[] {
    return [...this.#unmapped].sort();
  }

  get isRefused(): boolean {
    return this.notes.some((note) => note.effect === 'refused');
  }

  get polarity(): Polarity {
    return this.#polarity;
  }

  get counts(): boolean {
    return this.#counts;
  }

  /** Adapts what is correlated: differences have their effect under this polarity. */
  correlated<Result>(polarity: Polarity, adapt: () => Result): Result {
    const before = [this.#polarity, this.#counts] as const;
    this.#polarity = polarity;
    this.#counts = true;
    try {
      return adapt();
    } finally {
      [this.#polarity, this.#counts] = before;
    }
  }

  /** Notes a difference; `effect` is that on the place, from which the one on the rule follows. */
  note(code: SigmaCode, effect: Effect, span: Span, message: string, hint?: string): void {
    this.#add(codes.note(code, effectUnder(this.#polarity, effect), span, message, hint));
  }

  /** Each once: a branch that becomes several rules meets the same difference in each of them. */
  #add(note: Note): void {
    const isSame = (other: Note): boolean =>
      other.code === note.code &&
      other.effect === note.effect &&
      other.message === note.message &&
      other.span.start === note.span.start &&
      other.span.end === note.span.end;
    if (!this.notes.some(isSame)) this.notes.push(note);
  }

  refuse({ code, span, message }: Failure): void {
    this.#add(codes.note(code, 'refused', span, message));
  }

  /** What cannot be said is left out if that is wanted, at this cost; else the rule is refused. */
  leaveOut(failure: Failure, effect: Effect): void {
    if (!this.options.bestEffort) this.refuse(failure);
    else this.note(failure.code, effect, failure.span, `${failure.message} It is left out.`);
  }

  /** What cannot be said is left out, which is wider. Where it is not, or is essential, see {@link leaveOut}. */
  widen(failure: Failure): void {
    if (this.#polarity !== 'positive' || failure.essential === true) this.leaveOut(failure, 'wider');
    else this.note(failure.code, 'wider', failure.span, `${failure.message} It is left out.`);
  }

  /** Adapts on trial: nothing is noted here until the trial is taken over. */
  attempt<Result>(adapt: (trial: Adapting) => Result): { readonly result: Result; readonly trial: Adapting } {
    const trial = new Adapting(this.options);
    trial.#polarity = this.#polarity;
    trial.#counts = this.#counts;
    trial.#placeholders = this.#placeholders;
    return { result: adapt(trial), trial };
  }

  takeOver(trial: Adapting): void {
    for (const note of trial.notes) this.#add(note);
    for (const column of trial.#unmapped) this.#unmapped.add(column);
  }

  /** The placeholder for a list: its name if no other list has it, else that with a number. */
  placeholderFor(list: string, name: string): string {
    const known = this.#placeholders.get(list);
    if (known !== undefined) return known;
    const taken = new Set(this.#placeholders.values());
    let own = name;
    for (let number = 2; taken.has(own); number++) own = `${name}_${number}`;
    this.#placeholders.set(list, own);
    return own;
  }

  addUnmapped(table: string, column: string): void {
    this.#unmapped.add(`${table}.${column}`);
  }
}
