import { expect, test } from 'vitest';
import { SCALAR_FUNCTIONS } from '../../../src/ir/functions.ts';
import type { ScalarFunction } from '../../../src/ir/types.ts';
import { scalarFunctionNames } from '../../../src/kql/functions.ts';
import { kqlName } from '../../../src/kql/raise/names.ts';
import { NO_SPAN } from '../../../src/source.ts';

/** What messages call functions that KQL has as operators, or as part of one. */
const NO_FUNCTIONS = ['+', '-', '*', '/', '%', '[]', 'mv-apply', 'column names'];
/** Functions of which there is one KQL function for each value of an argument, which a call in a query always has. */
const FAMILIES: readonly ScalarFunction[] = ['hash', 'startOf', 'endOf', 'arraySort', 'seriesFill', 'seriesOther'];
/** Only other languages have it. */
const FOREIGN: readonly ScalarFunction[] = ['formatText'];

test('messages name every function as KQL does', () => {
  const known = new Set([...scalarFunctionNames(), ...NO_FUNCTIONS]);
  const unknown = (Object.keys(SCALAR_FUNCTIONS) as ScalarFunction[]).filter(
    (fn) =>
      ![...FAMILIES, ...FOREIGN].includes(fn) &&
      !known.has(kqlName({ op: 'call', fn, args: [], type: 'unknown', span: NO_SPAN })),
  );
  expect(unknown).toEqual([]);
});
