/** What the Sigma target has to say: about Sigma files that it reads (diagnostics) and about its outputs (notes). */
import { defineCatalogue } from '../../src/diagnostic.ts';

export const codes = defineCatalogue('sigma', {
  // Reading
  'yaml-error': { summary: 'The file is no valid YAML.' },
  'too-deep': { summary: 'The file or a condition is nested deeper than is read.' },
  'unsupported-document': { summary: 'A document of the file is neither a rule nor a correlation rule.' },
  'invalid-rule': { summary: 'Something that a rule must have is missing or of the wrong form.' },
  'invalid-value': { summary: 'A value is of a form that Sigma does not know at its place; it is left out.' },
  'unknown-modifier': { summary: 'A value modifier that the Sigma specification does not define.' },
  'condition-syntax': { summary: 'A condition that cannot be read.' },
  'unknown-identifier': { summary: 'A condition names a search identifier that the rule does not have.' },
  'unknown-rule': { summary: 'A correlation names a rule that is not in the file.' },

  // Where the events come from
  'unmapped-log-source': {
    summary: 'No Sigma log source is known for the table; the rule names the table itself as `product: sentinel`.',
  },
  'unmapped-field': { summary: "No Sigma field is known for the column; the rule keeps the column's own name." },
  'log-source-coverage': { summary: 'The Sigma log source does not hold exactly the events of the table.' },
  'mapping-uncertain': { summary: 'The log source or field is the likely counterpart, not an attested one.' },
  'field-values-differ': {
    summary: 'The Sigma field holds the same fact in other words, so a test cannot be carried over.',
  },
  'field-ambiguous': { summary: 'Which Sigma field holds the column depends on something that the rule leaves open.' },

  // Tests
  'term-as-contains': { summary: 'A term test (`has`) became `contains`, which also matches inside longer words.' },
  'case-ignored': {
    summary: 'A case-sensitive test compares without letter case, as Sigma does unless `cased`.',
  },
  'term-ascii-boundaries': {
    summary: 'A term test became a regular expression that knows ASCII letters and digits only as parts of words.',
  },
  'list-as-placeholder': {
    summary:
      'A list that is kept outside the rule (a watchlist, a file) became a placeholder to be filled on conversion.',
  },
  'keyword-scope': { summary: 'A search over all columns became a keyword search over the event as it is stored.' },
  'regex-beyond-subset': {
    summary: 'A regular expression uses something that the Sigma specification does not promise everywhere.',
  },
  'list-elements': {
    summary: 'Tests on the elements of a list: Sigma cannot say that they hold of the same element.',
  },
  'field-comparison': {
    summary: 'A comparison of two fields: Sigma compares without letter case, and not at all where one is missing.',
  },
  'address-parsing': { summary: 'A value that is no IP address counts as outside of a range.' },
  'unsupported-predicate': {
    summary: 'A condition that Sigma cannot express; it is left out where enough of the rule remains.',
  },
  'implied-test': {
    summary: 'A test that Sigma cannot express became a wider one that follows from it.',
  },
  'unsupported-field-name': { summary: "A column's name that Sigma cannot write, because it holds `|`." },
  'unsupported-regex': { summary: 'A regular expression with a construct that Sigma regular expressions do not have.' },

  // Shapes
  'unsupported-query': { summary: 'The query does something with its events that Sigma has no counterpart for.' },
  'unsupported-trigger': { summary: 'The alert threshold of the rule cannot be expressed.' },
  'unsupported-measure': {
    summary: 'A condition on a summary that no Sigma correlation can express; it is left out where enough remains.',
  },
  'sliding-window': { summary: 'A tumbling time window, or the period of separate runs, became a sliding time span.' },
  'timespan-rounded': { summary: 'The time span of a correlation is no whole number of seconds; it was rounded up.' },
  'no-timespan': { summary: 'The rule does not say over which time it counts; one day is taken.' },
  'condition-range': {
    summary: 'A correlation with several bounds has one of them: converters do not read more.',
  },
  'missing-values': {
    summary:
      'Events without the field have the empty text to KQL, which counts and joins like any value; a Sigma correlation leaves them out.',
  },
  'threshold-rounded': { summary: 'Sigma correlations compare with whole numbers; the threshold was rounded.' },
  'any-event': { summary: 'What is asked of one event of each group (the latest, say) is asked of every event.' },
  'join-as-temporal': { summary: 'A join became a temporal correlation.' },
  'never-fires': { summary: 'A part of the rule can never match and was left out.' },
  'matches-everything': { summary: 'Nothing remains of the condition that Sigma can express.' },

  // What a Sigma rule does not say
  'grouping-lost': { summary: 'Result rows are not grouped: the rule fires for each event.' },
  'row-limit-lost': { summary: 'A limit on the number of result rows is not applied.' },
  'schedule-lost': { summary: 'A Sigma rule has no schedule, lookback or suppression.' },
  'time-window-lost': { summary: 'A Sigma rule has no time window of its own.' },
  'alert-details-lost': {
    summary: 'Entity mappings, custom details and alert overrides have no place in a Sigma rule.',
  },
  'metadata-lost': { summary: 'Something said about the rule has no place in Sigma, or not in this form.' },
});

export type SigmaCode = keyof typeof codes.entries;
