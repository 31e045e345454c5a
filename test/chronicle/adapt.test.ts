/** What adapting costs and makes: by row, from a Detection over a small crosswalk to notes and lines of the rule. */
import { describe, expect, it } from 'vitest';
import * as b from '../../src/ir/build.ts';
import type { Detection, Measure, NamedScalar, Predicate, Relation, Schedule } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { joinVerdict } from '../../src/ir/fidelity.ts';
import { adapt } from '../../targets/chronicle/adapt.ts';
import { emit } from '../../targets/chronicle/emit.ts';
import { printRule } from '../../targets/chronicle/print.ts';
import { OPTIONS } from './support.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const events = (where: Predicate, table = 'Events'): Relation => b.filter(b.source(table), where);
const account = b.field('Account', [], 'string');
const eventId = b.field('EventID', [], 'long');
const time = b.field('TimeGenerated', [], 'datetime');
const isLogon = b.oneOf(eventId, [{ type: 'long', value: 4624n }]);
const isFailure = b.oneOf(eventId, [{ type: 'long', value: 4625n }]);
const isBlocked = b.match(b.field('Action', [], 'string'), 'equals', 'block');
const count: Measure = { name: 'Failures', fn: 'count', args: [], span: NO_SPAN };

function rule(query: Relation, schedule: Partial<Schedule> = {}): Detection {
  return b.detection('Rule', query, {
    schedule: b.schedule({ frequency: HOUR, lookback: HOUR, alertPer: 'row', ...schedule }),
  });
}

function convert(detection: Detection, bestEffort = false): { verdict: string; codes: string[]; text: string } {
  const { adapted, notes } = adapt(detection, { ...OPTIONS, bestEffort });
  const verdict = adapted === undefined ? 'refused' : joinVerdict(notes);
  const codes = notes.map(({ code, effect }) => `${code.replace('chronicle/', '')} ${effect}`);
  return { verdict, codes, text: adapted === undefined ? '' : printRule(emit(adapted, OPTIONS)) };
}

const byAccount: readonly NamedScalar[] = [{ name: 'Account', value: account }];

const grouped = (where: Predicate, by = byAccount, measures = [count]): Relation =>
  b.filter(b.aggregate(events(isFailure), by, measures), where);

const many = b.compare(b.field('Failures', [], 'long'), '>', b.long(5));

describe('single events', () => {
  it('are rules without a match section', () => {
    const { verdict, text } = convert(rule(events(isLogon)));
    expect(verdict).toBe('exact');
    expect(text).toContain('    $e.metadata.log_type = "TEST_LOG"\n    $e.metadata.product_event_type = "4624"\n');
    expect(text).not.toContain('match:');
    expect(text).toContain('  condition:\n    $e\n');
  });

  it.each<[string, Predicate, string, string]>([
    [
      'an unknown column',
      b.match(b.field('Nowhere', [], 'string'), 'equals', 'x'),
      'refused',
      'unmapped-field refused',
    ],
    ['a search through all columns', b.match(b.anyField(), 'contains', 'x'), 'refused', 'unsupported refused'],
    ['what was not understood', b.opaquePredicate('magic()'), 'refused', 'unsupported refused'],
    [
      'a number that may be absent',
      b.compare(b.field('Port', [], 'long'), '<', b.long(1024)),
      'wider',
      'absent-number wider',
    ],
    ['a number that is there', b.compare(b.field('Port', [], 'long'), '>', b.long(1024)), 'exact', ''],
    [
      'no value of an enumeration',
      b.match(b.field('Action', [], 'string'), 'equals', 'Nonsense'),
      'refused',
      'value-differs refused',
    ],
    [
      'a guessed field',
      b.match(b.field('Guessed', [], 'string'), 'equals', 'x'),
      'differs',
      'uncertain-mapping differs',
    ],
    ['an instant', b.compare(time, '>', b.datetime(1_700_000_000_000)), 'narrower', 'whole-seconds narrower'],
    [
      'two columns that are one field',
      b.not(
        b.matchScalar(b.field('CommandLine', [], 'string'), 'equals', b.field('Payload', ['line'], 'string'), true),
      ),
      'refused',
      'value-differs refused',
    ],
    [
      'a watchlist',
      b.inQuery(account, 'equals', b.reference('watchlist', 'VIP users', [])),
      'exact',
      'reference-list context',
    ],
  ])('%s', (_name, where, verdict, code) => {
    const { verdict: found, codes } = convert(rule(events(b.and([isLogon, where]))));
    expect(found).toBe(verdict);
    expect(codes.join('; ')).toContain(code);
  });

  it('leave out a test on a whole structure beside one that says as much of a part, and say so', () => {
    const whole = b.match(b.field('Payload', [], 'dynamic'), 'term', ['add', 'new'], { quantifier: 'all' });
    const part = b.match(b.field('Payload', ['line'], 'dynamic'), 'term', ['add', 'new'], { quantifier: 'all' });
    expect(convert(rule(events(b.and([isLogon, whole, part]))))).toMatchObject({
      verdict: 'wider',
      codes: ['implied-test wider', 'schedule context'],
    });
    for (const unlike of [b.or([whole, part]), b.and([b.not(whole), part])]) {
      expect(convert(rule(events(b.and([isLogon, unlike])))).verdict).toBe('refused');
    }
  });

  it('leave out what cannot be said when asked to, and say what that does', () => {
    const unknown = b.match(b.field('Nowhere', [], 'string'), 'equals', 'x');
    expect(convert(rule(events(b.and([isLogon, unknown]))), true).verdict).toBe('wider');
    expect(convert(rule(events(b.or([isLogon, unknown]))), true).verdict).toBe('narrower');
  });

  it('do not take part in a range where there is no address', () => {
    const outside = b.not(b.ipInRange(b.field('Ip', [], 'string'), ['10.0.0.0/8']));
    const { verdict, text } = convert(rule(events(outside)));
    expect(verdict).toBe('exact');
    expect(text).toContain('not net.ip_in_range_cidr(any $e.principal.ip, "10.0.0.0/8")\n    $e.principal.ip != ""');
  });

  it('that a rule misses between its runs make YARA-L wider', () => {
    expect(convert(rule(events(isLogon), { lookback: 10 * MINUTE })).codes).toContain('schedule wider');
  });

  it('of which a number is asked for are counted by what they share', () => {
    const { text } = convert(rule(events(isLogon), { trigger: { test: '>', threshold: 3 } }));
    expect(text).toContain('$log_type by 1h');
    expect(text).toContain('#e > 3');
  });

  it('lose nothing by a guessed field that is only shown', () => {
    const shown = b.project(events(isLogon), [{ name: 'App', value: b.field('Guessed', [], 'string') }]);
    expect(convert(rule(shown))).toMatchObject({ verdict: 'exact' });
  });

  it('are all detections where the rule takes the first rows', () => {
    expect(convert(rule(b.take(events(isLogon), 10))).codes).toContain('row-limit wider');
  });

  it('that nothing satisfies are refused', () => {
    expect(convert(rule(events(b.constant(false)))).verdict).toBe('refused');
  });
});

describe('groups', () => {
  it('have the rule’s lookback as their window', () => {
    const { verdict, text } = convert(rule(grouped(many)));
    expect(verdict).toBe('exact');
    expect(text).toContain('    $Account = $e.target.user.userid\n');
    expect(text).toContain('  match:\n    $Account by 1h\n');
    expect(text).toContain('    $Failures = count_distinct($e.metadata.id)\n');
    expect(text).toContain('  condition:\n    #e > 5\n');
    expect(text).toContain('allow_zero_values = true');
  });

  it('overlap where the rule’s windows do', () => {
    const { text, codes } = convert(rule(grouped(many), { frequency: 5 * MINUTE }));
    expect(text).toContain('$Account over 1h');
    expect(codes).toContain('window-alignment context');
  });

  it('by time slots are tumbling windows', () => {
    const slot = { name: 'Slot', value: b.call('bin', [time, b.timespan(5 * MINUTE)], 'datetime') };
    const { text } = convert(rule(grouped(many, [{ name: 'Account', value: account }, slot])));
    expect(text).toContain('$Account by 5m');
  });

  it.each([
    ['too long', 14 * 24 * HOUR],
    ['too short', 30_000],
  ])('in a window that is %s are refused', (_name, lookback) => {
    expect(convert(rule(grouped(many), { lookback, frequency: lookback })).codes).toContain('window refused');
  });

  it('in a window that is too long are looked for in 48 hours when asked to', () => {
    const { verdict, text } = convert(rule(grouped(many), { lookback: 72 * HOUR, frequency: 72 * HOUR }), true);
    expect(verdict).toBe('narrower');
    expect(text).toContain('$Account by 48h');
  });

  it('that are to be few keep their events', () => {
    const few = b.compare(b.field('Failures', [], 'long'), '<', b.long(3));
    expect(convert(rule(grouped(few))).text).toContain('$e and #e < 3');
  });

  it.each<[string, Measure, string]>([
    [
      'distinct values',
      { name: 'N', fn: 'countDistinct', args: [b.field('Ip', [], 'string')], span: NO_SPAN },
      '$N = count_distinct($e.principal.ip)',
    ],
    ['a sum', { name: 'N', fn: 'sum', args: [b.field('Port', [], 'long')], span: NO_SPAN }, '$N = sum($e.target.port)'],
  ])('are measured by %s', (_name, measure, line) => {
    const asked = b.compare(b.field('N', [], 'long'), '>=', b.long(2));
    const { text } = convert(rule(grouped(asked, undefined, [measure])));
    expect(text).toContain(line);
    expect(text).toContain('$e and $N >= 2');
  });

  it('show how many events pass a test', () => {
    const blocked: Measure = { name: 'Blocked', fn: 'count', args: [], where: isBlocked, span: NO_SPAN };
    const { text } = convert(rule(grouped(many, undefined, [count, blocked])));
    expect(text).toContain('$Blocked = sum(if($e.security_result.action = "BLOCK", 1, 0))');
  });

  it('show their times', () => {
    const last: Measure = { name: 'Last', fn: 'max', args: [time], span: NO_SPAN };
    const { text } = convert(rule(grouped(many, undefined, [count, last])));
    expect(text).toContain('$Last = max($e.metadata.event_timestamp.seconds)');
  });

  it('are compared in an outcome where the condition speaks of two', () => {
    const two: Measure = { name: 'Addresses', fn: 'countDistinct', args: [b.field('Ip', [], 'string')], span: NO_SPAN };
    const asked = b.compare(b.field('Failures', [], 'long'), '>', b.field('Addresses', [], 'long'));
    const { text } = convert(rule(grouped(asked, undefined, [count, two])));
    expect(text).toMatch(/\$condition_holds = if\(\$\w+ [<>] \$\w+, 1, 0\)/);
    expect(text).toContain('$e and $condition_holds = 1');
  });

  it('with a measure that YARA-L lacks are refused', () => {
    const percentile: Measure = {
      name: 'N',
      fn: 'percentile',
      args: [b.field('Port', [], 'long')],
      parameter: 95,
      span: NO_SPAN,
    };
    const asked = b.compare(b.field('N', [], 'long'), '>', b.long(2));
    expect(convert(rule(grouped(asked, undefined, [percentile]))).codes).toContain('unsupported-aggregate refused');
  });
});

describe('joined events', () => {
  const key = [{ left: account, right: account }];
  const joined = (kind: 'inner' | 'leftAnti' | 'innerUnique', where: Predicate = b.constant(true)): Relation =>
    b.filter(
      b.join(kind, events(isFailure), events(isLogon), key, {
        renamed:
          kind === 'leftAnti'
            ? []
            : [
                { from: 'TimeGenerated', to: 'TimeGenerated1' },
                { from: 'Account', to: 'Account1' },
                { from: 'EventID', to: 'EventID1' },
              ],
      }),
      where,
    );

  it('share a placeholder', () => {
    const { verdict, text } = convert(rule(joined('inner')));
    expect(verdict).toBe('exact');
    expect(text).toContain('$Account = $e1.target.user.userid');
    expect(text).toContain('$Account = $e2.target.user.userid');
    expect(text).toContain('condition:\n    $e1 and $e2\n');
  });

  it('are in order', () => {
    const later = b.compare(time, '<', b.field('TimeGenerated1', [], 'datetime'));
    const { text, codes } = convert(rule(joined('inner', later)));
    expect(text).toContain('$e1.metadata.event_timestamp.seconds < $e2.metadata.event_timestamp.seconds');
    expect(codes).toContain('whole-seconds narrower');
  });

  it('lie within a distance', () => {
    const distance = b.call('subtract', [b.field('TimeGenerated1', [], 'datetime'), time], 'timespan');
    const { text } = convert(rule(joined('inner', b.compare(distance, '<', b.timespan(10 * MINUTE)))));
    expect(text).toContain('$e2.metadata.event_timestamp.seconds - $e1.metadata.event_timestamp.seconds < 600');
  });

  it('that must not be there are absent', () => {
    const { verdict, text } = convert(rule(joined('leftAnti')));
    expect(verdict).toBe('exact');
    expect(text).toContain('condition:\n    $e1 and !$e2\n');
  });

  it('of which KQL keeps one are all compared', () => {
    const later = b.compare(time, '<', b.field('TimeGenerated1', [], 'datetime'));
    expect(convert(rule(joined('innerUnique', later))).codes).toContain('join-pairs wider');
  });

  it('keep the type of a test on one side above a join that keeps one row', () => {
    const asked = isBlocked;
    const { text } = convert(rule(joined('innerUnique', asked)));
    expect(text).toContain('$e1.security_result.action = "BLOCK"');
  });

  it('are what membership in a query means', () => {
    const logons = b.project(events(isLogon), [{ name: 'Account', value: account }]);
    const positive = convert(
      rule(events(b.and([isFailure, b.inQuery(account, 'equals', logons, { caseSensitive: true })]))),
    );
    expect(positive.text).toContain('$e1 and $e2');
    const negative = convert(
      rule(events(b.and([isFailure, b.not(b.inQuery(account, 'equals', logons, { caseSensitive: true }))]))),
    );
    expect(negative.text).toContain('$e1 and !$e2');
  });

  it('over windows of different length are refused', () => {
    const day = { from: -24 * HOUR, to: undefined, includesFrom: true, includesTo: true };
    const right = b.filter(b.source('Events', { window: day }), isLogon);
    const left = b.filter(b.source('Events', { window: { ...day, from: -HOUR } }), isFailure);
    const { codes } = convert(rule(b.join('leftAnti', left, right, key), { lookback: 24 * HOUR }));
    expect(codes).toContain('window refused');
  });

  it('in windows of one length that lie beside each other are refused, or looked for in both', () => {
    const day = { from: -24 * HOUR, to: undefined, includesFrom: true, includesTo: true };
    const right = b.filter(b.source('Events', { window: day }), isLogon);
    const before = { ...day, from: -48 * HOUR, to: -24 * HOUR };
    const left = b.filter(b.source('Events', { window: before }), isFailure);
    const both = rule(b.join('inner', left, right, key), { frequency: 48 * HOUR, lookback: 48 * HOUR });
    expect(convert(both).codes).toContain('window refused');
    expect(convert(both, true).text).toContain('$Account by 48h');
  });

  it.each<['>' | '<', number, string | undefined]>([
    ['>', 5 * MINUTE, 'time-slots wider'],
    ['<', 5 * MINUTE, 'time-slots differs'],
    ['>', HOUR, undefined],
  ])('counted by time slots, %s, of %d ms have a note where the window is larger', (test, size, code) => {
    const slot = { name: 'Slot', value: b.call('bin', [time, b.timespan(size)], 'datetime') };
    const counts = b.aggregate(events(isFailure), [...byAccount, slot], [count]);
    const some = b.filter(counts, b.compare(b.field('Failures', [], 'long'), test, b.long(15)));
    const names = b.project(some, byAccount);
    const join = convert(rule(b.join('inner', events(isLogon), names, key)));
    expect(join.codes.filter((one) => one.startsWith('time-slots'))).toEqual(code === undefined ? [] : [code]);
    expect(join.text).toContain(`#e2 ${test} 15`);
    const member = b.inQuery(account, 'equals', names, { caseSensitive: true });
    expect(convert(rule(events(b.and([isLogon, member])))).codes).toEqual(join.codes);
  });
});
