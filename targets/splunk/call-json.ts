/** Lists, bags and places inside JSON in SPL's words. */
import { call, long, text } from '../../src/ir/build.ts';
import type { PathStep, Scalar, ScalarFunction } from '../../src/ir/types.ts';
import { adaptScalar, unsayable } from './adapt-scalar.ts';
import type { ScalarContext } from './adapt-scalar.ts';
import { Arguments, make } from './call-arguments.ts';
import type { Call, Handler } from './call-arguments.ts';
import { isPlainField, LIST_FUNCTIONS } from './rows.ts';

export const JSON_HANDLERS: Partial<Readonly<Record<ScalarFunction, Handler>>> = {
  extractJson: (of) => {
    const path = readJsonPath(of.literalText(0, 'A path'));
    const value = of.value(1);
    if (path === undefined || value.op !== 'field')
      return unsayable(of.node, 'This place in a JSON text has no counterpart.');
    return inside(value, path, of);
  },
  element: (of) => adaptElement(of.node, of.context),
  arrayLength: (of) => make(of, 'arrayLength', [asList(of, of.value(0))]),
  arraySlice: (of) => make(of, 'arraySlice', [asList(of, of.value(0)), of.value(1), of.value(2)]),
  makeArray: (of) => make(of, 'arrayConcat', [of.value(0), ...of.values(1)]),
  arrayConcat: (of) => {
    const lists = of.values().map((one) => asList(of, one));
    const [only, more] = lists;
    return only !== undefined && more === undefined ? only : make(of, 'arrayConcat', lists);
  },
  setUnion: (of) =>
    make(of, 'setUnion', [
      call(
        'arrayConcat',
        of.values().map((one) => asList(of, one)),
        'dynamic',
      ),
    ]),
  makeBag: (of) => make(of, 'makeBag', of.values()),
};

/** A place inside JSON. */
function inside(value: Scalar, path: readonly PathStep[], of: { readonly node: Scalar }): Scalar {
  const isNamed = path.every((step) => (typeof step === 'number' ? step >= 0 : /^[^.{}\s"]+$/.test(step)));
  if (!isNamed) return unsayable(of.node, 'A place with such a name can not be taken out of JSON.');
  if (value.op === 'field') return { ...value, path: [...value.path, ...path] };
  return unsayable(of.node, 'A place inside a computed structure has no counterpart.');
}

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

/** A list as a multivalue: JSON arrays are turned into one. */
function asList(of: Arguments, value: Scalar): Scalar {
  if (value.op === 'call' && LIST_FUNCTIONS.has(value.fn)) return value;
  if (isPlainField(value) && of.context.rows.isList(value)) return value;
  return call('parseJson', [value], 'dynamic', of.node.span);
}

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
  const value = adaptScalar(base, context);
  const isList =
    (value.op === 'call' && LIST_FUNCTIONS.has(value.fn)) || (isPlainField(value) && context.rows.isList(value));
  if (!isList) return inside(value, steps, { node });
  const [position, ...rest] = steps;
  if (typeof position !== 'number') return unsayable(node, 'A property of a list has no counterpart.');
  const element = call('element', [value, long(position)], 'dynamic', node.span);
  return rest.length === 0 ? element : inside(context.rows.compute(element, 'element'), rest, { node });
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
