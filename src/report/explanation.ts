/** An explanation as text for people at a terminal. */
import picocolors from 'picocolors';
import type { ColumnOrigin, Explanation, Reach, Stage, TableUse } from '../explain/types.ts';
import { timespanText } from '../kql/raise/values.ts';
import type { SourceFile, Span } from '../source.ts';
import { escapeControls, textWidth } from './terminal.ts';

export interface ExplanationOptions {
  readonly color: boolean;
}

type Colors = ReturnType<typeof picocolors.createColors>;

/** Cells a line may take before its text is broken; what has no blanks is not. */
const WIDTH = 110;
/** Columns that are the tables' own are counted, not named, beyond these. */
const OWN_COLUMNS_SHOWN = 16;
/** Of columns that are made together so many are named. */
const COLUMNS_SHOWN = 8;
/** What a column stands for is cut after so many characters. */
const LONGEST_ORIGIN = 80;

/** Ends with a line break. Text of the rule never reaches the terminal with its control characters. */
export function renderExplanation(file: SourceFile, explanation: Explanation, options: ExplanationOptions): string {
  return new Rendering(file, picocolors.createColors(options.color)).render(explanation);
}

class Rendering {
  readonly #file: SourceFile;
  readonly #colors: Colors;
  readonly #lines: string[] = [];

  constructor(file: SourceFile, colors: Colors) {
    this.#file = file;
    this.#colors = colors;
  }

  render(explanation: Explanation): string {
    this.#heading(explanation);
    this.#section('Query', () => this.#stages(explanation.stages, 0));
    this.#section('Tables', () => this.#tables(explanation));
    this.#section('Indicators', () => this.#indicators(explanation));
    this.#section('Conditions on groups and pairs', () => {
      for (const { text, span } of explanation.conditions) this.#line(span, 0, text);
    });
    this.#section('Columns', () => this.#columns(explanation));
    this.#section('Entities', () => this.#entities(explanation));
    this.#section('Not understood', () => {
      for (const { text, span } of explanation.opaque) this.#line(span, 0, text);
    });
    return `${this.#lines.join('\n')}\n`;
  }

  #heading({ meta, schedule, shape }: Explanation): void {
    const { severity, techniques } = meta;
    const kind = { scheduled: 'scheduled', nearRealTime: 'near real time', hunting: 'hunting' }[meta.kind];
    const about = [kind, ...(severity === undefined ? [] : [severity]), ...techniques];
    this.#lines.push(this.#colors.bold(escapeControls(`${this.#file.path}: ${meta.name}`)));
    this.#lines.push(`  ${escapeControls(about.join(', '))}`);
    const { frequency, lookback, trigger, alertPer, suppression } = schedule;
    const parts: string[] = [];
    if (frequency !== undefined) parts.push(`runs every ${timespanText(frequency)}`);
    if (lookback !== undefined) parts.push(`sees the last ${timespanText(lookback)}`);
    if (meta.kind !== 'hunting') {
      const rows =
        trigger.test === '>' && trigger.threshold === 0 ? 'any row' : `rows ${trigger.test} ${trigger.threshold}`;
      parts.push(`alerts on ${rows}, ${alertPer === 'row' ? 'one alert a row' : 'one alert a run'}`);
    }
    if (suppression !== undefined) parts.push(`then quiet for ${timespanText(suppression)}`);
    if (parts.length > 0) this.#lines.push(`  ${parts.join('; ')}`);
    this.#lines.push(`  ${SHAPES[shape]}`);
  }

  #section(title: string, write: () => void): void {
    const before = this.#lines.length;
    this.#lines.push('', this.#colors.bold(title));
    const start = this.#lines.length;
    write();
    if (this.#lines.length === start) this.#lines.length = before;
  }

  /** A place and a text, broken at blanks where it is long; lines after the first are one level further in. */
  #line(span: Span, depth: number, text: string, mark = ''): void {
    const { line, column } = this.#file.positionAt(span.start);
    const place = `${line}:${column}`.padStart(8);
    const indent = '  '.repeat(depth);
    const wrapped = wrap(`${mark}${escapeControls(text)}`, Math.max(40, WIDTH - 10 - indent.length));
    wrapped.forEach((part, index) => {
      const head = index === 0 ? this.#colors.dim(place) : ' '.repeat(place.length);
      this.#lines.push(`${head}  ${indent}${index === 0 ? '' : '    '}${part}`);
    });
  }

  #stages(stages: readonly Stage[], depth: number): void {
    for (const [index, stage] of stages.entries()) {
      const window = stage.window === undefined ? '' : `  [${windowText(stage.window)}]`;
      this.#line(stage.span, depth, `${stage.text}${window}`, index === 0 ? '' : '| ');
      for (const input of stage.inputs) this.#stages(input.stages, depth + 2);
    }
  }

  #tables({ tables, lists }: Explanation): void {
    for (const use of tables) {
      const selection = use.selection.map(({ text }) => text).join(' and ');
      this.#line(use.span, 0, `${use.table}${selection === '' ? '' : ` where ${selection}`}, ${reachText(use)}`);
    }
    for (const { kind, name, span } of lists) {
      this.#line(span, 0, `${kind === 'watchlist' ? 'watchlist' : 'external table'} ${name}`);
    }
  }

  #indicators({ indicators }: Explanation): void {
    const groups = new Map<string, Explanation['indicators'][number][]>();
    for (const indicator of indicators) {
      const tables = indicator.tables.length === 0 ? 'of the rows at that point' : indicator.tables.join(', ');
      groups.set(tables, [...(groups.get(tables) ?? []), indicator]);
    }
    for (const [tables, list] of groups) {
      this.#lines.push(`  ${this.#colors.cyan(escapeControls(tables))}`);
      for (const { span, text, isInsideValue } of list) {
        this.#line(span, 0, isInsideValue ? `${text}  (inside a computed value)` : text);
      }
    }
  }

  /** Columns that one operator made together stand on one line; the tables' own come last. */
  #columns({ columns }: Explanation): void {
    const own: { readonly name: string; readonly tables: readonly string[]; readonly span: Span }[] = [];
    const made = new Map<string, { readonly names: string[]; readonly maker: ColumnOrigin }>();
    for (const { name, madeBy } of columns.known) {
      const [first] = madeBy;
      if (first !== undefined && madeBy.every(isStored)) {
        own.push({ name, tables: [...new Set(madeBy.map(({ text }) => text))], span: first.span });
        continue;
      }
      for (const maker of madeBy) {
        const key = `${maker.step} ${maker.span.start} ${maker.text}`;
        const known = made.get(key);
        if (known === undefined) made.set(key, { names: [name], maker });
        else if (!known.names.includes(name)) known.names.push(name);
      }
    }
    for (const { names, maker } of made.values()) {
      const from = isStored(maker) ? `(of ${maker.text})` : `= ${maker.text}  (${STEPS[maker.step]})`;
      this.#line(maker.span, 0, `${shortList(names, COLUMNS_SHOWN)} ${from}`);
    }
    const [first] = own;
    if (first !== undefined && own.length > OWN_COLUMNS_SHOWN) {
      const tables = [...new Set(own.flatMap((one) => one.tables))];
      this.#line(first.span, 0, `${own.length} stored columns of ${tables.join(', ')}`);
    } else
      for (const { tables, names, span } of byTables(own)) this.#line(span, 0, `${names.join(', ')} (of ${tables})`);
    if (columns.isOpen) this.#lines.push(`${' '.repeat(10)}and whatever other columns the tables have`);
  }

  #entities({ entities }: Explanation): void {
    for (const { entity, identifiers, span } of entities) {
      const parts = identifiers.map(({ identifier, column, from }) => {
        const others = from.filter((one) => one.slice(one.indexOf('.') + 1) !== column);
        const shown = others.map((one) => (one.length > LONGEST_ORIGIN ? `${one.slice(0, LONGEST_ORIGIN)}…` : one));
        return `${identifier} = ${column}${shown.length === 0 ? '' : ` (${shown.join(', ')})`}`;
      });
      this.#line(span, 0, `${entity}: ${parts.join(', ')}`);
    }
  }
}

const isStored = ({ step }: ColumnOrigin): boolean => step === 'source' || step === 'reference';

function shortList(names: readonly string[], count: number): string {
  if (names.length <= count + 1) return names.join(', ');
  return `${names.slice(0, count).join(', ')} and ${names.length - count} more`;
}

function byTables(
  columns: readonly { readonly name: string; readonly tables: readonly string[]; readonly span: Span }[],
): readonly { readonly tables: string; readonly names: readonly string[]; readonly span: Span }[] {
  const found = new Map<string, { readonly tables: string; readonly names: string[]; readonly span: Span }>();
  for (const { name, tables, span } of columns) {
    const key = tables.join(', ');
    const known = found.get(key);
    if (known === undefined) found.set(key, { tables: key, names: [name], span });
    else known.names.push(name);
  }
  return [...found.values()];
}

const SHAPES: Readonly<Record<Explanation['shape'], string>> = {
  events: 'fires on events that match',
  aggregate: 'fires on groups of events that pass a condition',
  correlation: 'fires on events that belong together',
  anyOf: 'fires on any of several things',
  other: 'a computation that has no simpler shape',
};

/** The operators as KQL names them. */
const STEPS: Readonly<Record<Stage['step'], string>> = {
  source: 'table',
  literal: 'datatable',
  reference: 'list',
  filter: 'where',
  extend: 'extend',
  project: 'project',
  select: 'project',
  rename: 'project-rename',
  aggregate: 'summarize',
  join: 'join',
  union: 'union',
  expand: 'mv-expand',
  apply: 'mv-apply',
  unpack: 'bag_unpack',
  parse: 'parse',
  sort: 'sort',
  top: 'top',
  take: 'take',
  series: 'make-series',
  plugin: 'evaluate',
  opaque: 'not understood',
};

function windowText({ from, to }: NonNullable<Stage['window']>): string {
  const start = from === undefined ? undefined : instantText(-from);
  const end = to === undefined ? undefined : instantText(-to);
  if (start !== undefined && end !== undefined) return `from ${start} to ${end}`;
  if (start !== undefined) return `from ${start}`;
  return end === undefined ? '' : `until ${end}`;
}

/** Milliseconds before now. */
const instantText = (before: number): string =>
  before === 0 ? 'now' : before > 0 ? `ago(${timespanText(before)})` : `now(${timespanText(-before)})`;

function reachText({ reach, isCutShort, window }: TableUse): string {
  const cut =
    isCutShort && window?.from !== undefined
      ? ` (the query asks for ${timespanText(-window.from)}, the rule does not look back so far)`
      : '';
  return `${boundsText(reach)}${cut}`;
}

function boundsText({ from, to }: Reach): string {
  if (from === undefined) return to === 0 ? 'of any time' : `until ${instantText(to)}`;
  return to === 0 ? `last ${timespanText(from)}` : `from ${instantText(from)} to ${instantText(to)}`;
}

/** Breaks a text at blanks outside quotes, as late as it fits; what has no such blank stays in one piece. */
function wrap(text: string, width: number): readonly string[] {
  if (textWidth(text) <= width) return [text];
  const lines: string[] = [];
  let start = 0;
  let lastBlank = -1;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === ' ') lastBlank = at;
    // Lines after the first begin further in.
    const room = lines.length === 0 ? width : width - 4;
    if (at - start >= room && lastBlank > start) {
      lines.push(text.slice(start, lastBlank).trimEnd());
      start = lastBlank + 1;
      lastBlank = -1;
    }
  }
  lines.push(text.slice(start));
  return lines;
}
