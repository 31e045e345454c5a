/** What the YARA-L target has to say: differences between a source rule and its YARA-L, and faults of a YARA-L text. */
import { defineCatalogue } from '../../src/diagnostic.ts';

export const CODES = defineCatalogue('chronicle', {
  'unmapped-table': { summary: 'The table has no known log source in the Unified Data Model.' },
  'unmapped-field': { summary: 'The column has no known equivalent in the Unified Data Model.' },
  'ambiguous-field': { summary: 'The column’s UDM field depends on the kind of event, which the rule leaves open.' },
  'log-source': { summary: 'The UDM log source holds not quite the events of the table.' },
  'uncertain-mapping': {
    summary: 'A log source or field mapping was inferred and not seen in use: check it on your data.',
  },
  'value-differs': { summary: 'The UDM field writes its values in another way than the column.' },
  'implied-test': {
    summary: 'A test on a whole structure is left out, for a test on a part of it says as much.',
  },
  'unknown-value': { summary: 'The enumerated UDM field has no such value.' },
  'absent-number': { summary: 'An absent number reads as 0 in YARA-L, where KQL compares it with nothing.' },
  'whole-seconds': { summary: 'Event times are compared in whole seconds.' },
  unsupported: { summary: 'The construct cannot be said in a YARA-L rule.' },
  'unsupported-function': { summary: 'YARA-L has no function with exactly this meaning.' },
  'unsupported-aggregate': { summary: 'YARA-L has no aggregate with exactly this meaning.' },
  'left-out': { summary: 'A part of the rule was left out on request, for YARA-L cannot say it.' },
  window: { summary: 'The time window is not between 1 minute and 48 hours in whole minutes.' },
  'window-alignment': { summary: 'YARA-L’s overlapping windows begin at other instants than the rule’s runs.' },
  'time-slots': { summary: 'A joined side counts by time slots, YARA-L over the window of the whole match.' },
  'single-group': {
    summary: 'A match section needs a variable to group by, and the rule has none that is the same in all events.',
  },
  'join-pairs': { summary: 'KQL’s default join compares one left row for each key, YARA-L all of them.' },
  schedule: {
    summary:
      'How often the rule runs, and for a rule on single events how far it looks back, is set outside the rule text.',
  },
  'one-alert-per-event': { summary: 'Events that the rule sums up into one row become one detection each.' },
  'alert-threshold': { summary: 'The number of result rows that triggers the alert cannot be said.' },
  'alert-context': { summary: 'Something said about the alert has no home in a YARA-L rule.' },
  'row-limit': { summary: 'A rule has no limit of result rows.' },
  'list-truncated': { summary: 'A list in the outcome holds at most 25 values, in no order.' },
  'reference-list': { summary: 'The rule looks values up in a reference list that has to be made in Google SecOps.' },
  'too-many-outcomes': { summary: 'A YARA-L rule has at most 20 outcome variables.' },
  'never-fires': { summary: 'Nothing can satisfy the rule.' },
  syntax: { summary: 'The text is not a YARA-L 2.0 rule.' },
});
