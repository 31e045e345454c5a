/** What the parts of `adapt` share: the options, and the notes that come up on the way. */
import type { Effect, Note } from '../../src/diagnostic.ts';
import type { Span } from '../../src/source.ts';
import type { ConversionOptions } from '../target.ts';
import { CODES } from './codes.ts';

export type Code = Parameters<typeof CODES.note>[0];

export interface Adapting {
  readonly options: ConversionOptions;
  readonly notes: Note[];
  /** `Table.Column` without an equivalent. */
  readonly unmapped: Set<string>;
}

export function startAdapting(options: ConversionOptions): Adapting {
  return { options, notes: [], unmapped: new Set() };
}

/** The same work with notes of its own: to try something, and keep what it said or not. */
export function attempt({ options }: Adapting): Adapting {
  return startAdapting(options);
}

export function keepAttempt(adapting: Adapting, tried: Adapting): void {
  adapting.notes.push(...tried.notes);
  for (const name of tried.unmapped) adapting.unmapped.add(name);
}

export function addNote(
  { notes }: Adapting,
  code: Code,
  effect: Effect,
  span: Span,
  message: string,
  hint?: string,
): void {
  notes.push(CODES.note(code, effect, span, message, hint));
}

/**
 * Something cannot be said. Without `bestEffort` the output is refused; with it the construct is left out, which has
 * `effect`.
 */
export function leaveOut(
  adapting: Adapting,
  code: Code,
  effect: Effect,
  span: Span,
  message: string,
  hint?: string,
): void {
  const isLeftOut = adapting.options.bestEffort && effect !== 'refused';
  const text = isLeftOut ? `${message} It was left out.` : message;
  addNote(adapting, code, isLeftOut ? effect : 'refused', span, text, hint);
}

export const isRefused = ({ notes }: Adapting): boolean => notes.some(({ effect }) => effect === 'refused');

/** How much an attempt costs, for choosing between two: refusals weigh most, then differences. */
export function costOf({ notes }: Adapting): number {
  return notes.reduce((sum, { effect }) => sum + WEIGHTS[effect], 0);
}

const WEIGHTS: Readonly<Record<Effect, number>> = { context: 0, wider: 1, narrower: 1, differs: 2, refused: 1000 };
