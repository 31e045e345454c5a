/** What a target is: how a Detection becomes text in its language, and how that text is read back. */
import type { Diagnostic, Note, Verdict } from '../src/diagnostic.ts';
import type { Detection, Relation } from '../src/ir/types.ts';
import type { SourceFile } from '../src/source.ts';
import type { EventRecord, Tables } from '../src/eval/index.ts';
import type { EventsRequest } from './fields/rule-events.ts';
import type { Crosswalk } from './fields/types.ts';

export interface ConversionOptions {
  /** Where a language has no term test: `contains` (readable, wider) or `exact` (a regular expression). */
  readonly terms: 'contains' | 'exact';
  /**
   * Where a language compares texts without letter case and few converters read its case-sensitive form: `ignore` the
   * case (readable, wider; the default) or say it (`exact`).
   */
  readonly letterCase?: 'ignore' | 'exact';
  /** Say what can be said even where a construct has to be left out; its effect stands in the notes. */
  readonly bestEffort: boolean;
  readonly crosswalk: Crosswalk;
  /** Name of the source file without its folder and ending; only for naming outputs. */
  readonly sourceName: string;
}

/**
 * A Detection in a target's own vocabulary, and what that cost. All loss happens here: whatever `adapt` returns, `emit`
 * writes exactly, so that `raise(read(print(emit(adapted))))` has the normal form of `adapted`.
 */
export interface Adaptation {
  /** `undefined` when refused. */
  readonly adapted: Detection | undefined;
  readonly notes: readonly Note[];
  /** `Table.Column` references that the crosswalk does not know for this target; sorted, unique. */
  readonly unmapped: readonly string[];
}

export interface OutputFile {
  /** File name without folder, unique within the output; safe on every file system. */
  readonly name: string;
  readonly text: string;
}

export type ReadResult<Tree> =
  | { readonly tree: Tree; readonly diagnostics: readonly Diagnostic[] }
  | { readonly tree: undefined; readonly diagnostics: readonly Diagnostic[] };

/** Events in a target's vocabulary. */
export interface EventsInTarget {
  /** What Detections that are raised from the target's language read. */
  readonly tables: Tables;
  /** The column of their rows that holds the event's time. */
  readonly timeColumn: string;
  /** The same events in Sentinel's columns: what several columns share in the target, they share here, too. */
  readonly events: readonly EventRecord[];
}

/**
 * Carries events over. `about`: columns whose values are to be kept where several columns share a field of the target.
 */
export type EventCarrier = (events: readonly EventRecord[], about?: readonly string[]) => EventsInTarget;

/** How outputs of a target are run on events. */
export interface Running {
  /** Sentinel's events as the target has them. */
  carryEvents(request: EventsRequest): EventCarrier;
  /** A raised query with what the language leaves unsaid (that instants are numbers of seconds); default: as it is. */
  prepare?(query: Relation): Relation;
}

/** The rooms of a target. Each is pure; `Tree` is its syntax tree. */
export interface TargetRooms<Tree> {
  readonly id: string;
  readonly title: string;
  /** What its codes mean, for the documentation. */
  readonly codes: Readonly<Record<string, { readonly summary: string }>>;
  /** What starts a comment to the end of the line. */
  readonly comment: string;
  adapt(detection: Detection, options: ConversionOptions): Adaptation;
  emit(adapted: Detection, options: ConversionOptions): Tree;
  print(tree: Tree, options: ConversionOptions): readonly OutputFile[];
  /** Reads one file of the target's language; knows more of it than `emit` writes. */
  read(file: SourceFile): ReadResult<Tree>;
  raise(tree: Tree): Detection;
  /** Absent: outputs cannot be run. */
  readonly running?: Running;
}

export interface Output {
  readonly target: string;
  readonly verdict: Verdict;
  readonly notes: readonly Note[];
  readonly unmapped: readonly string[];
  /** Empty when refused. */
  readonly files: readonly OutputFile[];
}

/** A target with its tree hidden: what the rest of the product sees. */
export interface Target {
  readonly id: string;
  readonly title: string;
  readonly codes: Readonly<Record<string, { readonly summary: string }>>;
  readonly comment: string;
  convert(detection: Detection, options: ConversionOptions): Output;
  /** Reads a rule of the target's language as a Detection in that language's vocabulary. */
  read(file: SourceFile): { readonly detection: Detection | undefined; readonly diagnostics: readonly Diagnostic[] };
  /** See {@link TargetRooms.running}. */
  readonly running: Running | undefined;
}
