/** What the Splunk target has to say: differences of its outputs, and flaws of what it reads. */
import { defineCatalogue } from '../../src/diagnostic.ts';

export const codes = defineCatalogue('splunk', {
  // Reading
  syntax: { summary: 'The file is no savedsearches.conf, or its search is no SPL that the reader knows.' },
  'too-complex': { summary: 'The search is nested deeper, or is longer, than the reader follows.' },
  'more-stanzas': { summary: 'The file holds several searches; only the first is read.' },

  // Where the events come from
  'unmapped-table': {
    summary: 'No source type is known for the table; the search asks for a source type of the same name.',
  },
  'unmapped-field': { summary: "No Splunk field is known for the column; the search keeps the column's own name." },
  'log-source-coverage': { summary: 'The Splunk source does not hold exactly the events of the table.' },
  'mapping-uncertain': { summary: 'The source or field is the likely counterpart, not an attested one.' },
  'field-values-differ': {
    summary: 'The Splunk field holds the same fact in other words, so that it cannot be used in the same way.',
  },
  'field-ambiguous': { summary: 'Which Splunk field holds the column depends on something that the rule leaves open.' },
  'list-position': { summary: 'A position in a list became a position among the values of a multivalue field.' },

  // What has other semantics
  'term-as-contains': { summary: 'A test for the text of a column as a term became one for the text anywhere.' },
  'raw-search': { summary: 'A search over all columns became a search in the text of the event.' },
  'time-format': { summary: 'A time that is stored as a text is read as ISO 8601 in UTC, to the second.' },
  'time-zone': { summary: 'A calendar function follows the time zone of the Splunk user, not UTC.' },
  'subsearch-limit': {
    summary: 'A join or list from a query became a subsearch, which Splunk cuts off at its limits.',
  },
  'case-insensitive': { summary: 'A comparison that tells letter cases apart became one that does not.' },
  'missing-lookup': { summary: 'A watchlist became a lookup of the same name, which has to be there.' },
  'list-limit': { summary: 'A list of values is cut off at the limits of the `list` function.' },
  'time-rounded': { summary: 'A duration that is no whole number of seconds was rounded.' },

  // What cannot be said
  'unsupported-operator': { summary: 'An operator that has no counterpart in SPL.' },
  'unsupported-predicate': { summary: 'A condition that SPL cannot express.' },
  'unsupported-function': { summary: 'A function that SPL does not have.' },
  'unsupported-regex': { summary: 'A regular expression with a construct that PCRE does not have.' },
  'unsupported-measure': { summary: 'A summary that `stats` cannot make.' },
  'unsupported-join': { summary: 'A join of a kind that SPL does not have.' },
  'unsupported-text': { summary: 'A text that cannot be written in a Splunk configuration file.' },
  'never-fires': { summary: 'Nothing can satisfy the rule.' },

  // What is said less
  'dropped-column': {
    summary: 'A column of the result that SPL cannot compute and that decides nothing was left out.',
  },
  'dropped-rows-order': { summary: 'An order of rows that SPL cannot make was left out.' },
  schedule: { summary: 'The schedule has no exact cron expression; the nearest more frequent one was taken.' },
  trigger: { summary: 'The condition on the number of results has no counterpart.' },
  'alert-details': { summary: 'Entity mappings, custom details and alert overrides have no place in a saved search.' },
  name: { summary: 'The name holds characters that a stanza cannot have; they were replaced.' },
});

export type SplunkCode = keyof typeof codes.entries;
