/**
 * Values that a query cuts out of an event's XML payload by text: `parse EventData with * 'TargetImage">' TargetImage "<" *`
 * gives what the crosswalk knows as `EventData.TargetImage`. That the field has the value follows from the test of the
 * piece; that the rest of the pattern fits is left out.
 */
import * as build from '../../src/ir/build.ts';
import type { Field, Predicate, Scalar } from '../../src/ir/types.ts';

const PAYLOADS: ReadonlySet<string> = new Set(['EventData', 'ParameterXml']);

/** The same test of the payload's field; `undefined` where the subject is no such piece, or may be empty. */
export function testOfPayloadField(leaf: Predicate): Predicate | undefined {
  if (leaf.op === 'not') {
    if (leaf.of.op !== 'missing') return undefined;
    const subject = payloadField(leaf.of.subject);
    return subject && build.not({ ...leaf.of, subject }, leaf.span);
  }
  if (leaf.op !== 'match' || leaf.values.includes('') || leaf.test === 'regex' || leaf.test === 'wildcard') {
    return undefined;
  }
  const subject = payloadField(leaf.subject);
  return subject && { ...leaf, subject };
}

function payloadField(scalar: Scalar): Field | undefined {
  if (scalar.op !== 'call') return undefined;
  const [first, second, third] = scalar.args;
  if (scalar.fn === 'toText') return first && payloadField(first);
  if (scalar.fn !== 'extract' || first?.op !== 'literal' || first.value.type !== 'string') return undefined;
  if (second?.op !== 'literal' || second.value.type !== 'long') return undefined;
  const name = elementName(first.value.value, Number(second.value.value));
  const text = third?.op === 'call' && third.fn === 'toText' ? third.args[0] : third;
  if (name === undefined || text?.op !== 'field' || !PAYLOADS.has(text.name) || text.path.length > 0) return undefined;
  return { ...text, path: [name], type: 'string' };
}

/** What stands before the capture group when that is all of an element's text: `Name="TargetImage">(...)<`. */
function elementName(regex: string, group: number): string | undefined {
  let count = 0;
  for (let index = 0; index < regex.length; index++) {
    if (regex[index] === '\\') index++;
    else if (regex[index] === '[') return undefined;
    else if (regex[index] === '(' && regex[index + 1] !== '?') {
      count++;
      if (count < group) continue;
      const before = regex.slice(0, index).replace(/\\(?=\W)/g, '');
      const after = /^\([^()]*\)(.*)$/s.exec(regex.slice(index))?.[1]?.replace(/^\\/, '');
      return after?.startsWith('<') === true ? /([A-Za-z]\w*)["']?>$/.exec(before)?.[1] : undefined;
    }
  }
  return undefined;
}
