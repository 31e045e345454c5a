/** A rule's tree as a Detection in YARA-L's vocabulary: UDM fields, with absent values read as YARA-L reads them. */
import * as b from '../../src/ir/build.ts';
import type { Detection } from '../../src/ir/types.ts';
import { readDuration } from './lexical.ts';
import { toQuery, wordLogic } from './logic.ts';
import { readMeta } from './meta.ts';
import { printRule } from './print.ts';
import { raiseLogic } from './raise-logic.ts';
import type { Rule } from './tree.ts';

export function raise(rule: Rule): Detection {
  const logic = raiseLogic(rule);
  const query =
    logic === undefined ? b.opaqueRelation(printRule(rule), undefined, rule.span) : toQuery(wordLogic(logic));
  const suppression = rule.options.find(({ key }) => key === 'suppression_window')?.value;
  const meta = readMeta(rule.meta, rule.name);
  return b.detection(meta.name, query, {
    meta,
    schedule: scheduleOf(rule.match?.duration, suppression === undefined ? undefined : readDuration(suppression)),
  });
}

/** What a rule says about its running: the window that its match section looks at, and how long it keeps quiet. */
export function scheduleOf(window: number | undefined, suppression: number | undefined): Detection['schedule'] {
  return b.schedule({
    ...(window === undefined ? {} : { lookback: window }),
    ...(suppression === undefined || suppression === 0 ? {} : { suppression }),
    alertPer: 'row',
  });
}
