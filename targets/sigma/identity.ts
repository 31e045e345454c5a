/**
 * The ids of emitted rules: UUIDs of version 5 (RFC 9562), so that the same rule always gets the same one.
 *
 * A Detection's id is that of its source rule. The Sigma rule made from it is another rule, derived from it: it has an id
 * of its own, computed from the source's, and names the source under `related`. Reading such a rule back, the computed
 * id proves where it comes from.
 */
import { v5 as uuid5, validate, version } from 'uuid';
import type { SigmaHeader, SigmaRelation } from './tree.ts';

const NAMESPACE = uuid5('ruleglot:sigma', uuid5.URL);

/** A lone half of a surrogate pair has no UTF-8 form, which the library throws at. */
const v5 = (name: string, namespace: string): string => uuid5(name.replace(/\p{Cs}/gu, '\ufffd'), namespace);

/** Any UUID by its form: some rules have ids whose version or variant no standard knows. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

/** Stands for a source rule whose own id is no UUID. */
export function uuidOfName(name: string): string {
  return v5(name, NAMESPACE);
}

/** The id of the Sigma rule for a Detection with that id, and how it says where it comes from. */
export function identityFor(sourceId: string): { readonly id: string; readonly related: readonly SigmaRelation[] } {
  // An id of version 5 was computed already: there is no rule of that id to refer to.
  if (validate(sourceId) && version(sourceId) === 5) return { id: sourceId, related: [] };
  return { id: v5(sourceId, NAMESPACE), related: [{ id: sourceId, type: 'derived' }] };
}

/** The id of a document that is a part of the output, beside the one that has the Detection's identity. */
export function partIdFor(sourceId: string, part: string): string {
  return v5(`${sourceId} ${part}`, NAMESPACE);
}

/** The Detection's id that a rule's header stands for. */
export function sourceIdOf(header: SigmaHeader): string | undefined {
  const derived = header.related.find(
    ({ id, type }) => type === 'derived' && isUuid(id) && identityFor(id).id === header.id,
  );
  return derived?.id ?? header.id;
}
