/** Every code that a diagnostic or a note can have, for the documentation. */
import { fieldsCodes } from '../targets/fields/overlay.ts';
import { targets } from '../targets/index.ts';
import { compileCodes } from './compile.ts';
import { kqlCodes } from './kql/codes.ts';
import { LOWER } from './kql/lower/codes.ts';
import { ruleCodes } from './rule/codes.ts';

export interface CodeArea {
  readonly area: string;
  readonly about: string;
  readonly entries: Readonly<Record<string, { readonly summary: string }>>;
}

/** In the order of a rule's way through the tool. */
export function codeAreas(): readonly CodeArea[] {
  return [
    { ...ruleCodes, about: 'The file and the rule around its query.' },
    { ...kqlCodes, about: 'The syntax of the query.' },
    { ...LOWER, about: 'The meaning of the query.' },
    { ...fieldsCodes, about: 'Field mappings given with `--fields`.' },
    ...targets.map((target) => ({
      area: target.id,
      about: `What the ${target.title} output says differently, and what is wrong with ${target.title} that is read.`,
      entries: target.codes,
    })),
    { ...compileCodes, about: 'The tool itself.' },
  ];
}
