/** The usual slips: the first that fits is reported. */
import type { Diagnostic } from '../../diagnostic.ts';
import { listInParentheses, strayBracket, strayComma, unclosedBracket } from './brackets.ts';
import { listAfterOperator, misplacedOperator, missingList, singleEquals, starWithRest } from './comparisons.ts';
import { countCall, misplacedPipe, missingPipe, missingSemicolon, unknownOperator } from './pipes.ts';
import { bareNot, letterCase, loneKeyword, reservedName, splitOperator } from './words.ts';
import type { Stop } from './context.ts';

/** In the order in which they are tried: what is certain before what is likely. */
const SLIPS: readonly ((stop: Stop) => Diagnostic | undefined)[] = [
  misplacedOperator,
  countCall,
  loneKeyword,
  splitOperator,
  starWithRest,
  strayComma,
  misplacedPipe,
  listAfterOperator,
  listInParentheses,
  strayBracket,
  missingSemicolon,
  missingPipe,
  letterCase,
  bareNot,
  unclosedBracket,
  unknownOperator,
  missingList,
  singleEquals,
  reservedName,
];

export function findSlip(stop: Stop): Diagnostic | undefined {
  for (const check of SLIPS) {
    const found = check(stop);
    if (found !== undefined) return found;
  }
  return undefined;
}
