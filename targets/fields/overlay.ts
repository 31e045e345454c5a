/** Reads a user's own mapping file, with messages that point into it. */
import { LineCounter, isNode, parseDocument } from 'yaml';
import { defineCatalogue } from '../../src/diagnostic.ts';
import type { Diagnostic } from '../../src/diagnostic.ts';
import type { TableMapping } from './mapping.ts';
import { readMapping } from './read.ts';
import type { TableMappingInput } from './types.ts';

/** The codes of mapping files. */
export const fieldsCodes = defineCatalogue('fields', {
  'not-yaml': { summary: 'A field-mapping file is not valid YAML.' },
  'bad-mapping': { summary: 'A field-mapping file does not have the form that it should have.' },
});

/**
 * Reads one mapping file. Spans are offsets in `input.text`. With any diagnostic there is no overlay: half a mapping
 * would convert rules in ways its author did not mean.
 */
export function readOverlay(input: TableMappingInput): {
  readonly overlay: TableMapping | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const document = parseDocument(input.text, { lineCounter: new LineCounter(), prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    return {
      overlay: undefined,
      diagnostics: document.errors.map((error) =>
        fieldsCodes.diagnostic('not-yaml', 'error', { start: error.pos[0], end: error.pos[1] }, error.message),
      ),
    };
  }
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'The file cannot be read.';
    return {
      overlay: undefined,
      diagnostics: [fieldsCodes.diagnostic('not-yaml', 'error', { start: 0, end: input.text.length }, message)],
    };
  }
  const { mapping, problems } = readMapping(content);
  const diagnostics = problems.map(({ path, message }) => {
    // The nearest place that exists: a missing key has none of its own.
    for (let length = path.length; length > 0; length--) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) {
        return fieldsCodes.diagnostic('bad-mapping', 'error', { start: node.range[0], end: node.range[1] }, message);
      }
    }
    return fieldsCodes.diagnostic('bad-mapping', 'error', { start: 0, end: input.text.length }, message);
  });
  return { overlay: problems.length === 0 ? mapping : undefined, diagnostics };
}
