/** A Sigma file as a Detection in Sigma's own vocabulary. The inverse of `emit.ts` on what that writes. */
import * as build from '../../src/ir/build.ts';
import type { Detection, Relation } from '../../src/ir/types.ts';
import { NO_SPAN } from '../../src/source.ts';
import { tableOfLogSource } from './logsource.ts';
import { raiseCorrelation } from './raise-correlation.ts';
import type { RuleRaiser } from './raise-correlation.ts';
import { raiseHeader } from './raise-header.ts';
import { raiseDetection } from './raise-rule.ts';
import { TIME_COLUMN } from './shape-names.ts';
import type { SigmaDocument, SigmaFile, SigmaRule } from './tree.ts';

/** Rules that correlations may be made of, each use counted: correlations of correlations can name one very often. */
const MAX_RULES = 1000;

/**
 * One Detection for the file: the union of what alerts on its own. Tables are log sources (see `logsource.ts`), fields
 * have Sigma's names and unknown type. The time span of a correlation is the lookback.
 */
export function raise(file: SigmaFile): Detection {
  const documents = alertingDocuments(file.documents);
  const [head] = [...documents.filter(({ kind }) => kind === 'correlation'), ...documents];
  const timespans = documents.flatMap((document) => (document.kind === 'correlation' ? [document.timespan] : []));
  const lookback = timespans.length === 0 ? undefined : Math.max(...timespans);
  const raiser = new DocumentRaiser(file.documents, lookback);
  const relations = documents.map((document) => raiser.raiseAlert(document));
  const [first] = relations;
  const name = head?.header.title ?? '';
  const span = head?.span ?? NO_SPAN;
  return build.detection(name, relations.length === 1 && first !== undefined ? first : build.union(relations), {
    meta: head === undefined ? build.metadata('') : raiseHeader(head.header),
    schedule: build.schedule({ alertPer: 'row', span, ...(lookback === undefined ? {} : { lookback }) }),
    alert: { dynamicProperties: [], customDetails: [], span },
  });
}

/** The documents that alert on their own: correlated rules do so only when the correlation asks for it (`generate`). */
function alertingDocuments(documents: readonly SigmaDocument[]): readonly SigmaDocument[] {
  const correlated = new Set<string>();
  for (const document of documents) {
    if (document.kind === 'correlation' && !document.generate) {
      for (const rule of document.rules) correlated.add(rule);
    }
  }
  const alerting = documents.filter(
    ({ header }) => ![header.id, header.name].some((name) => name !== undefined && correlated.has(name)),
  );
  // Correlations in a circle: all of them.
  return alerting.length === 0 ? documents : alerting;
}

class DocumentRaiser implements RuleRaiser {
  readonly lookback: number | undefined;
  readonly #byName = new Map<string, SigmaDocument>();
  readonly #open = new Set<SigmaDocument>();
  #rules = 0;

  constructor(documents: readonly SigmaDocument[], lookback: number | undefined) {
    this.lookback = lookback;
    for (const document of documents) {
      for (const name of [document.header.name, document.header.id]) {
        if (name !== undefined && !this.#byName.has(name)) this.#byName.set(name, document);
      }
    }
  }

  raiseAlert(document: SigmaDocument): Relation {
    if (document.kind === 'correlation') return this.#raiseCorrelation(document);
    const events = raiseEvents(document);
    return document.fields.length === 0 ? events : build.select(events, 'keep', document.fields, document.span);
  }

  raiseRule(name: string, timed: boolean): Relation {
    const document = this.#byName.get(name);
    if (document === undefined || this.#open.has(document) || ++this.#rules > MAX_RULES) {
      return build.opaqueRelation(`rule ${name}`);
    }
    return document.kind === 'rule' ? raiseEvents(document) : this.#raiseCorrelation(document, timed);
  }

  isCorrelation(name: string): boolean {
    return this.#byName.get(name)?.kind === 'correlation';
  }

  #raiseCorrelation(document: Extract<SigmaDocument, { readonly kind: 'correlation' }>, timed = false): Relation {
    this.#open.add(document);
    const relation = raiseCorrelation(document, this, timed);
    this.#open.delete(document);
    return relation;
  }
}

/** The events that a rule speaks of. */
function raiseEvents(rule: SigmaRule): Relation {
  const source = build.source(tableOfLogSource(rule.logSource), { timeColumn: TIME_COLUMN }, rule.span);
  return build.filter(source, raiseDetection(rule), rule.span);
}
