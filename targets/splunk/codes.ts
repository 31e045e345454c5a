/** What the Splunk target has to say: differences of its outputs, and flaws of what it reads. */
import { defineCatalogue } from '../../src/diagnostic.ts';

export const codes = defineCatalogue('splunk', {
  syntax: { summary: 'The file is no savedsearches.conf, or its search is no SPL that the reader knows.' },
  'too-complex': { summary: 'The search is nested deeper, or is longer, than the reader follows.' },
  'more-stanzas': { summary: 'The file holds several searches; only the first is read.' },
});
