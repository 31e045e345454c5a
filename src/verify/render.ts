/** A verification for people: a line for each output, and the events on which answers differ. */
import { createColors } from 'picocolors';
import type { CompiledRule } from '../compile.ts';
import type { EventRecord } from '../eval/index.ts';
import { counted } from '../report/plural.ts';
import type { Disagreement, RuleVerification, Verification } from './index.ts';
import { placeOf } from './json.ts';

export interface RenderOptions {
  readonly color: boolean;
}

/** Disagreements that are shown in full. */
const MOST_SHOWN = 3;
const MOST_EVENTS_SHOWN = 3;
const LONGEST_EVENT = 400;

export function renderVerification(
  rule: CompiledRule,
  verification: RuleVerification,
  { color }: RenderOptions,
): string {
  const paint = createColors(color);
  const { witnesses, outputs } = verification;
  const { leaves, bothWays } = witnesses.coverage;
  const made =
    witnesses.problem === undefined
      ? `${counted(verification.cases, 'case', 'cases')}, ${bothWays} of ${counted(leaves, 'test', 'tests')} both ways`
      : `no witnesses: the evaluator does not run ${witnesses.problem}`;
  const isSilent = witnesses.problem === undefined && !witnesses.witnesses.some(({ fires }) => fires);
  const lines = [`${paint.bold(rule.file.path)}: ${printable(rule.name)} (${made})`];
  if (isSilent) lines.push(`  ${paint.yellow('no events were found that make the rule fire')}`);
  for (const output of outputs) {
    lines.push(`  ${output.target.padEnd(10)}${output.verdict.padEnd(9)} ${statusOf(output, paint)}`);
    const contradictions = output.disagreements.filter(({ contradicts }) => contradicts);
    for (const one of contradictions.slice(0, MOST_SHOWN)) lines.push(...describe(rule, output, one));
    const more = contradictions.length - MOST_SHOWN;
    if (more > 0) lines.push(`    and ${counted(more, 'other case', 'other cases')}`);
  }
  return `${lines.join('\n')}\n`;
}

function statusOf(output: Verification, paint: ReturnType<typeof createColors>): string {
  const { status, compared, agreeing, reason, disagreements } = output;
  const agrees = `agrees on ${agreeing} of ${compared}`;
  switch (status) {
    case 'verified':
      return `${paint.green(agrees)}${disagreements.length > 0 ? ', as the verdict says' : ''}`;
    case 'contradicted':
      return paint.red(compared === 0 ? (reason ?? 'cannot be run') : `${agrees}: contradicts the verdict`);
    case 'notRun':
      return paint.dim(`not run: ${reason ?? 'there is nothing to compare'}`);
  }
}

function describe(rule: CompiledRule, output: Verification, one: Disagreement): readonly string[] {
  const { line, column } = placeOf(rule.file, one.span);
  const at = line === null ? '' : ` (${line}:${column})`;
  const answer = (fires: boolean): string => (fires ? 'fires' : 'does not fire');
  const events = one.events.slice(0, MOST_EVENTS_SHOWN).map((event) => `      ${eventText(event)}`);
  const more = one.events.length - MOST_EVENTS_SHOWN;
  return [
    `    ${one.purpose}${at}: the rule ${answer(one.source)}, ${output.target} ${answer(one.output)}`,
    ...events,
    ...(more > 0 ? [`      and ${counted(more, 'more event', 'more events')}`] : []),
  ];
}

function eventText(event: EventRecord): string {
  const text = printable(JSON.stringify(event));
  return text.length > LONGEST_EVENT ? `${text.slice(0, LONGEST_EVENT)}...` : text;
}

/** Control characters could command the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => JSON.stringify(character).slice(1, -1));
}
