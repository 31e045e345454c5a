/** Places inside JSON. */
import { call, long, text } from '../../src/ir/build.ts';
import type { PathStep, Scalar } from '../../src/ir/types.ts';
import { unsayable } from './unsayable.ts';

/** A negative position counts from the end, which no path can. */
const canTake = (step: PathStep): boolean => (typeof step === 'number' ? step >= 0 : step !== '');

/** A key that stands for itself in a path; any other is taken by `json_extract_exact`, which reads no path. */
const PATH_KEY = /^[\p{L}\p{N}_@$-]+$/u;
export const isPathKey = (step: PathStep): boolean => typeof step === 'number' || PATH_KEY.test(step);

/**
 * The steps in groups that one path can say: below a property JSON may begin anew, in a text that the source query
 * parses, so that what follows is taken out of the property's value.
 */
function groupsOf(path: readonly PathStep[]): readonly (readonly PathStep[])[] {
  const groups: PathStep[][] = [];
  let last: PathStep | undefined;
  for (const step of path) {
    const group = groups.at(-1);
    if (group === undefined || typeof last === 'string' || !isPathKey(step)) groups.push([step]);
    else group.push(step);
    last = step;
  }
  return groups;
}

/**
 * A place inside a value that is JSON, or a text of JSON. Throws {@link Unsayable}.
 *
 * @param value a field with a path is a text in which JSON begins anew, unless it is a known structure
 */
export function insideJson(
  value: Scalar,
  path: readonly PathStep[],
  span: Scalar['span'],
  isStructure = false,
): Scalar {
  if (!path.every(canTake)) return unsayable({ span }, 'A place with such a name cannot be taken out of JSON.');
  let place = value;
  groupsOf(path).forEach((group, index) => {
    const isRoot = place.op === 'field' && place.path.length === 0;
    const continues = place.op === 'field' && index === 0 && isStructure && group.every(isPathKey);
    place =
      place.op === 'field' && (isRoot || continues)
        ? { ...place, path: [...place.path, ...group], type: 'dynamic', span }
        : group.reduce<Scalar>(
            (of, step) => call('element', [of, typeof step === 'string' ? text(step) : long(step)], 'dynamic', span),
            call('parseJson', [place], 'dynamic', span),
          );
  });
  return place;
}

/** What is read as JSON, itself: of a text that is turned into a structure the text. */
export function unparsed(node: Scalar): Scalar {
  let inner = node;
  while (inner.op === 'call' && (inner.fn === 'parseJson' || inner.fn === 'toText' || inner.fn === 'toDynamic')) {
    const [of] = inner.args;
    if (of === undefined) break;
    inner = of;
  }
  return inner;
}

/** Whether a text is written in JSON as it is, by every encoder. */
export const isPlainInJson = (value: string): boolean => /^[A-Za-z0-9 !#$%()*,\-.:;=?@[\]^_{|}~]*$/.test(value);
