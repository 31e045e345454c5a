/** Lists, bags and places inside JSON in SPL's words. */
import { call, long, text } from '../../src/ir/build.ts';
import type { PathStep, Scalar, ScalarFunction } from '../../src/ir/types.ts';
import { adaptScalar } from './adapt-scalar.ts';
import type { ScalarContext } from './adapt-scalar.ts';
import { Arguments, make } from './call-arguments.ts';
import type { Call, Handler } from './call-arguments.ts';
import { insideJson, unparsed } from './json-places.ts';
import { isPlainField, LIST_FUNCTIONS } from './rows.ts';
import { unsayable } from './unsayable.ts';

export const JSON_HANDLERS: Partial<Readonly<Record<ScalarFunction, Handler>>> = {
  extractJson: (of) => {
    const path = readJsonPath(of.literalText(0, 'A path'));
    if (path === undefined) return unsayable(of.node, 'This place in a JSON text has no counterpart.');
    return insideJson(of.value(1), path, of.node.span);
  },
  parseJson: (of) => adaptParsed(of),
  element: (of) => adaptElement(of.node, of.context),
  arrayLength: (of) => make(of, 'arrayLength', [listAt(of, 0)]),
  arraySlice: (of) => make(of, 'arraySlice', [listAt(of, 0), of.value(1), of.value(2)]),
  makeArray: (of) => make(of, 'arrayConcat', [of.value(0), ...of.values(1)]),
  arrayConcat: (of) => {
    const lists = listsOf(of);
    const [only, more] = lists;
    return only !== undefined && more === undefined ? only : make(of, 'arrayConcat', lists);
  },
  setUnion: (of) => make(of, 'setUnion', [call('arrayConcat', listsOf(of), 'dynamic')]),
  makeBag: (of) => make(of, 'makeBag', of.values()),
};

/** `$.a.b[0]`. */
function readJsonPath(path: string): readonly PathStep[] | undefined {
  const steps: PathStep[] = [];
  const part = /^\$|\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']+)'\]/gy;
  let end = 0;
  for (let found = part.exec(path); found !== null && found[0] !== ''; found = part.exec(path)) {
    end = part.lastIndex;
    if (found[1] !== undefined) steps.push(found[1]);
    else if (found[2] !== undefined) steps.push(Number(found[2]));
    else if (found[3] !== undefined) steps.push(found[3]);
  }
  return end === path.length && path.startsWith('$') ? steps : undefined;
}

/**
 * A JSON text as the text that it stands for: one in quotes without them and its escapes, any other is its own JSON. What
 * is compared with plain texts has no escapes.
 */
function adaptParsed(of: Arguments): Scalar {
  const { rows, use, comparesPlainly } = of.context;
  const raw = of.raw(0);
  const value = of.value(0);
  const isStructure = raw.op === 'field' && rows.storedStructure(raw) !== undefined;
  if (isStructure || comparesPlainly === 'part') return value;
  if (use.decides && comparesPlainly === undefined) {
    const wrapped = make(of, 'concat', [text('{"value":'), value, text('}')]);
    return make(of, 'coalesce', [insideJson(wrapped, ['value'], of.node.span), value]);
  }
  const unquoted = make(of, 'replaceRegex', [value, text('(?s)^"(.*)"\\z'), text('\\1')]);
  const whole = isPlainField(value) ? value : rows.foundIn(value)?.field;
  if (whole !== undefined) rows.setFound(unquoted, { field: whole, as: 'json-text' });
  return unquoted;
}

/** A list as a multivalue: JSON arrays are turned into one. */
function listAt(of: Arguments, index: number): Scalar {
  const value = adaptScalar(unparsed(of.raw(index)), of.context);
  if (value.op === 'call' && LIST_FUNCTIONS.has(value.fn)) return value;
  if (isPlainField(value) && of.context.rows.isList(value)) return value;
  return call('parseJson', [value], 'dynamic', of.node.span);
}

const listsOf = (of: Arguments): readonly Scalar[] => of.node.args.map((_, index) => listAt(of, index));

/** `container[key]`, chains of it included. */
function adaptElement(node: Call, context: ScalarContext): Scalar {
  const steps: PathStep[] = [];
  let base: Scalar = node;
  while (base.op === 'call' && base.fn === 'element') {
    const [container, key]: readonly (Scalar | undefined)[] = base.args;
    if (container === undefined || key?.op !== 'literal')
      return unsayable(node, 'An element at a computed place has no counterpart.');
    const step =
      key.value.type === 'string' ? key.value.value : key.value.type === 'long' ? Number(key.value.value) : undefined;
    if (step === undefined) return unsayable(node, 'An element at such a place has no counterpart.');
    steps.unshift(step);
    base = container;
  }
  if (base.op === 'call' && base.fn === 'parseUrl') return partOfUrl(base, steps, context, node);
  const value = adaptScalar(unparsed(base), context);
  const isList =
    (value.op === 'call' && LIST_FUNCTIONS.has(value.fn)) || (isPlainField(value) && context.rows.isList(value));
  if (!isList) return insideJson(value, steps, node.span);
  const [position, ...rest] = steps;
  if (typeof position !== 'number') return unsayable(node, 'A property of a list has no counterpart.');
  const element = elementAt(value, position, node);
  return rest.length === 0 ? element : insideJson(context.rows.compute(element, 'element'), rest, node.span);
}

function elementAt(list: Scalar, position: number, node: Call): Scalar {
  const [of, first, last] = list.op === 'call' && list.fn === 'arraySlice' ? list.args : [];
  if (position === 0 && of !== undefined && first !== undefined && first === last)
    return call('element', [of, first], 'dynamic', node.span);
  return call('element', [list, long(position)], 'dynamic', node.span);
}

/** Parts of URLs as capture groups; RFC 3986, appendix B. */
const URL_PARTS: ReadonlyMap<string, string> = new Map([
  ['Scheme', '^([A-Za-z][A-Za-z0-9+.-]*)://'],
  ['Host', '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^:/?#]*)'],
  ['Port', '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?[^:/?#]*:([0-9]+)'],
  ['Path', '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*(/[^?#]*)'],
  ['Fragment', '#(.*)\\z'],
]);

function partOfUrl(base: Call, steps: readonly PathStep[], context: ScalarContext, node: Call): Scalar {
  const [part, ...rest] = steps;
  const pattern = typeof part === 'string' && rest.length === 0 ? URL_PARTS.get(part) : undefined;
  if (pattern === undefined) return unsayable(node, `The part '${String(part)}' of a URL has no counterpart.`);
  const subject = new Arguments(base, context).asField(0);
  return context.rows.compute(
    call('extract', [text(pattern), long(1), subject], 'string', node.span),
    context.rows.columnNamed(node) ?? 'url_part',
  );
}
