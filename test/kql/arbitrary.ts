/** Random KQL texts: correct by their making, with odd blanks and comments between the tokens. */
import { fc } from '@fast-check/vitest';

/** The tokens of a piece of a query; blanks or a comment may stand between two of them. */
type Tokens = readonly string[];
type Piece = fc.Arbitrary<Tokens>;

const word = (...words: string[]): Piece => fc.constantFrom(...words).map((one) => [one]);
const just = (tokens: string): Piece => fc.constant(tokens.split(' '));

/** Pieces one after the other. */
const sequence = (...pieces: (Piece | string)[]): Piece =>
  fc.tuple(...pieces.map((piece) => (typeof piece === 'string' ? just(piece) : piece))).map((parts) => parts.flat());

/** One or two pieces with a comma. */
const list = (piece: Piece): Piece =>
  fc
    .array(piece, { minLength: 1, maxLength: 2 })
    .map((items) => items.flatMap((item, index) => (index === 0 ? item : [',', ...item])));

const name = word('a', 'Bb', 'c_1', 'type', 'id', 'count', "['x y']", '["#text"]', '_c', '3com');
const newName = word('n', 'title', 'by1', 'has', 'New1', "['n m']", 'contains');
const member = word('m', 'Name', 'id', 'kind');

const literal = word(
  ...['1', '0x1f', '2.5', '1e3', '1d', '1.5h', '90min', 'true', 'FALSE', 'long(null)', 'int(-3)', 'real(nan)'],
  ...['decimal(1.5)', 'datetime(2024-02-29)', 'datetime(null)', 'timespan(1.02:03:04)', 'dynamic(null)', 'dynamic({})'],
  ...['"text"', "'it'", '"\\\\ \\" \\u0041"', '@"c:\\dir"', "h@'x'", '```a\n  b ```', '"|;//"', '"a" "b"'],
  ...['guid(74be27de-1e4e-49d9-b579-fe0b331d3642)', 'dynamic(["a", 1, {"k": -2}])'],
);
const comparison = word('==', '!=', '<>', '<', '<=', '>', '>=');
const stringOperator = word(
  ...['has', '!has', 'contains', '!contains_cs', 'startswith', '!endswith', 'hasprefix', 'matches regex', '=~', '!~'],
  ...['has_cs', 'like'],
);
const listOperator = word('in', '!in', 'in~', '!in~', 'has_any', 'has_all');

/** @param depth how many brackets may still be opened */
function operand(depth: number): Piece {
  if (depth === 0) return fc.oneof(name, literal);
  const inner = expression(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: name },
    { weight: 4, arbitrary: literal },
    sequence(name, '.', member),
    sequence(name, '[', inner, ']'),
    sequence(name, '. [', literal, ']'),
    sequence(name, '(', list(inner), ')'),
    sequence(name, '(', newName, '=', inner, ')'),
    sequence('(', inner, ')'),
    sequence('toscalar (', pipeline(depth - 1), ')'),
    sequence('-', '(', inner, ')'),
  );
}

function test(depth: number): Piece {
  const one = operand(depth);
  return fc.oneof(
    one,
    sequence(one, comparison, one),
    sequence(one, stringOperator, one),
    sequence(one, word('+', '-'), one, word('*', '/', '%'), one),
    sequence(one, listOperator, '(', list(one), ')'),
    sequence(one, word('in', '!in'), '(', depth === 0 ? name : pipeline(depth - 1), ')'),
    sequence(one, word('between', '!between'), '(', one, '..', one, ')'),
  );
}

function expression(depth: number): Piece {
  const one = test(depth);
  const and = sequence(word('and', 'or'), one);
  return fc.oneof(
    one,
    fc.tuple(one, fc.array(and, { maxLength: 2 })).map(([first, rest]) => [...first, ...rest.flat()]),
  );
}

function named(depth: number): Piece {
  const value = expression(depth);
  return fc.oneof(value, sequence(newName, '=', value), sequence('(', newName, ',', newName, ') =', value));
}

function operator(depth: number): Piece {
  const columns = list(named(depth));
  const query = sequence('(', depth === 0 ? just('U | take 1') : pipeline(depth - 1), ')');
  return fc.oneof(
    sequence('where', expression(depth)),
    sequence('extend', columns),
    sequence('project', columns),
    sequence('summarize', columns, 'by', columns),
    sequence('join kind =', word('inner', 'leftanti'), query, 'on', name),
    sequence('union isfuzzy = true', query, ', Tab*'),
    sequence('mv-expand', named(depth), 'to typeof(string)'),
    sequence('sort by', expression(depth), word('asc', 'desc', 'nulls last')),
    sequence('parse', expression(depth), 'with * "k=" Col : long "--"', newName, '*'),
    fc.oneof(
      ...['take 5', 'count', 'distinct *', 'project-away a* , b', 'top 3 by a', 'render timechart', 'as x'].map(just),
    ),
    just('partition by a ( top 1 by b )'),
  );
}

function pipeline(depth: number): Piece {
  const source = fc.oneof(
    { weight: 3, arbitrary: word('T', 'SecurityEvent', "['a b']") },
    just('f ( )'),
    just('cluster("c") . database("d") . T'),
    just('datatable ( a : string , b : long ) [ "x" ]'),
    sequence('print', list(named(depth))),
    depth === 0 ? just('T') : sequence('(', pipeline(depth - 1), ')'),
  );
  const piped = sequence('|', operator(depth));
  return fc.tuple(source, fc.array(piped, { maxLength: 2 })).map(([first, rest]) => [...first, ...rest.flat()]);
}

const DEPTH = 2;

const letStatement = fc.oneof(
  sequence('let', name, '=', pipeline(DEPTH), ';'),
  sequence('let f = ( p : long = 1 ) { let q = 2 ;', pipeline(DEPTH), '} ;'),
  sequence('let m = materialize (', pipeline(DEPTH), ') ;'),
);

const gap = fc.oneof(
  { weight: 20, arbitrary: fc.constant(' ') },
  { weight: 2, arbitrary: fc.constantFrom('\n', '\n    ', '\t', '\r\n') },
  { weight: 1, arbitrary: fc.constantFrom(' // note\n', '\n// own line\n', ' //x\n') },
);

/** A query that both parsers can read. */
export function queryText(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(letStatement, { maxLength: 1 }), pipeline(DEPTH))
    .map(([lets, last]) => [...lets.flat(), ...last])
    .chain((tokens) =>
      fc
        .array(gap, { minLength: tokens.length, maxLength: tokens.length })
        .map((gaps) => tokens.map((token, index) => token + (gaps[index] ?? ' ')).join('')),
    );
}
