/** The codes of what lowering has to say about a query. */
import { defineCatalogue } from '../../diagnostic.ts';

export const LOWER = defineCatalogue('lower', {
  'unknown-column': {
    summary: 'A column is named that no operator before makes and the schema of the table does not have.',
  },
  'unknown-name': { summary: 'A name is used where no row is at hand, and no `let` declares it.' },
  'unknown-table': {
    summary: 'A table or function is read whose columns no list has; column types come from how the query uses them.',
  },
  'unknown-function': {
    summary: 'A scalar function or aggregate that the language reference does not have; kept as it is written.',
  },
  'unknown-parser': {
    summary: 'A function is read like a table and given arguments whose meaning is not known; kept as it is written.',
  },
  'unknown-parameter': { summary: 'A normalising parser is given a parameter whose meaning is not known.' },
  'unknown-plugin': { summary: 'An `evaluate` plug-in that has no meaning for a detection; kept as it is written.' },
  'not-understood': {
    summary: 'A part of the query has no neutral meaning in this form; it is kept as it is written.',
  },
  'other-workspace': {
    summary: 'A table of another workspace, cluster or database is read as the table of this name.',
  },
  'empty-list': {
    summary:
      'A filtering parameter of a normalising parser is given a list from a query; an empty list would not filter.',
  },
  'unsupported-operator': { summary: 'A tabular operator that has no neutral meaning; kept as it is written.' },
  'unsupported-statement': { summary: 'A statement that has no neutral meaning.' },
  'unsupported-argument': {
    summary: 'An argument has to be a constant and is not, or has a form that is not understood.',
  },
  'argument-count': { summary: 'A function is called with too few or too many arguments.' },
  'type-mismatch': {
    summary: 'A column is compared with a literal of another type; KQL rejects that or compares after conversion.',
  },
  'operand-types': {
    summary: 'An operator is given a text where it works on numbers, instants and timespans; KQL refuses the query.',
  },
  'no-query': { summary: 'The text holds statements but no query whose rows could be alerted on.' },
  'several-queries': { summary: 'The text holds several queries; only the first is what a rule alerts on.' },
  'too-large': { summary: 'Putting in the `let` definitions makes the query larger than the limit.' },
  'too-deep': { summary: 'Expressions or queries are nested more deeply than the limit.' },
  'payload-by-name': {
    summary: 'A query takes the XML payload of an event apart; its parts are read as columns of the payload, by name.',
  },
  'payload-by-position': { summary: 'A query takes a part of the XML payload of an event by its position.' },
  'wildcard-tables': { summary: 'A `union` with a wildcard reads tables whose names are not written in the query.' },
  'column-if-exists': { summary: 'Whether a column exists cannot be known from the query; it is taken to exist.' },
  'distinct-all': { summary: 'Equal rows are dropped over all columns, and not all columns are known.' },
});
