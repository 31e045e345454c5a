/** Which columns of an operator's input its result needs, and what for. */
import type { Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import { columnsReadBy, predicatePart, scalarPart } from '../../src/ir/walk.ts';

export type Purpose = 'decides' | 'shown';

export interface Needs {
  readonly names: ReadonlyMap<string, Purpose>;
  /** Whether all other columns are shown. */
  readonly rest: boolean;
}

/** Of the result itself: everything is shown. */
export const EVERYTHING_SHOWN: Needs = { names: new Map(), rest: true };

export function onlyNeeds(names: Iterable<string>, purpose: Purpose): Needs {
  return { names: new Map([...names].map((name) => [name, purpose])), rest: false };
}

class Collector {
  readonly names: Map<string, Purpose>;
  rest: boolean;

  constructor(needs: Needs) {
    this.names = new Map(needs.names);
    this.rest = needs.rest;
  }

  add(name: string, purpose: Purpose): void {
    if (this.names.get(name) !== 'decides') this.names.set(name, purpose);
  }

  readScalar(scalar: Scalar, purpose: Purpose): void {
    const { names, all } = columnsReadBy(scalarPart(scalar));
    for (const name of names) this.add(name, purpose);
    if (all) this.rest = true;
  }

  readPredicate(predicate: Predicate): void {
    const { names, all } = columnsReadBy(predicatePart(predicate));
    for (const name of names) this.add(name, 'decides');
    if (all) this.rest = true;
  }

  /** A column is replaced: takes out its need and tells what it was. */
  take(name: string): Purpose | undefined {
    const purpose = this.names.get(name);
    this.names.delete(name);
    return purpose ?? (this.rest ? 'shown' : undefined);
  }

  get needs(): Needs {
    return { names: this.names, rest: this.rest };
  }
}

/**
 * What an operator needs of its (left) input, given what is needed of its result.
 *
 * @param isCut whether only so many of the result's rows are kept: then their order decides which
 */
export function needsOfInput(node: Relation, result: Needs, isCut: boolean): Needs {
  const collector = new Collector(result);
  switch (node.op) {
    case 'filter':
      collector.readPredicate(node.where);
      return collector.needs;
    case 'extend': {
      const purposes = node.columns.map((column) => collector.take(column.name));
      node.columns.forEach((column, index) => {
        const purpose = purposes[index];
        if (purpose !== undefined) collector.readScalar(column.value, purpose);
      });
      return collector.needs;
    }
    case 'project': {
      const inner = new Collector({ names: new Map(), rest: false });
      for (const { name, value } of node.columns) {
        const purpose = collector.take(name);
        if (purpose !== undefined) inner.readScalar(value, purpose);
      }
      return inner.needs;
    }
    case 'select': {
      if (node.mode === 'drop' || node.names.some((name) => name.includes('*'))) return collector.needs;
      const inner = new Collector({ names: new Map(), rest: false });
      for (const name of node.names) {
        const purpose = collector.take(name);
        if (purpose !== undefined) inner.add(name, purpose);
      }
      return inner.needs;
    }
    case 'rename': {
      const purposes = node.columns.map(({ to }) => collector.take(to));
      node.columns.forEach(({ from }, index) => {
        const purpose = purposes[index];
        if (purpose !== undefined) collector.add(from, purpose);
      });
      return collector.needs;
    }
    case 'aggregate': {
      const passesRows = node.measures.some(
        (measure) => (measure.fn === 'argMax' || measure.fn === 'argMin') && measure.args.length === 1,
      );
      const inner = new Collector({ names: new Map(), rest: false });
      for (const { name, value } of node.by) {
        collector.take(name);
        inner.readScalar(value, 'decides');
      }
      for (const measure of node.measures) {
        const purpose = collector.take(measure.name);
        if (purpose === undefined) continue;
        for (const arg of measure.args) inner.readScalar(arg, purpose);
        if (measure.where !== undefined && purpose === 'decides') inner.readPredicate(measure.where);
        else if (measure.where !== undefined) {
          for (const name of columnsReadBy(predicatePart(measure.where)).names) inner.add(name, purpose);
        }
        const isRow = measure.fn === 'argMax' || measure.fn === 'argMin';
        for (const arg of isRow ? measure.args.slice(1) : []) {
          const own = arg.op === 'field' ? collector.take(arg.name) : undefined;
          if (own !== undefined) inner.readScalar(arg, own);
        }
      }
      if (passesRows) {
        for (const [name, purpose] of collector.names) inner.add(name, purpose);
        inner.rest ||= collector.rest;
      }
      return inner.needs;
    }
    case 'expand':
    case 'apply': {
      for (const { name, value } of node.columns) {
        collector.take(name);
        collector.readScalar(value, 'decides');
      }
      return collector.needs;
    }
    case 'unpack':
      collector.add(node.bag.name, 'shown');
      return collector.needs;
    case 'parse': {
      let purpose: Purpose | undefined = node.dropsUnmatched ? 'decides' : undefined;
      for (const part of node.parts) {
        if (part.part !== 'column') continue;
        const own = collector.take(part.name);
        purpose = purpose === 'decides' ? purpose : (own ?? purpose);
      }
      if (purpose !== undefined) collector.readScalar(node.subject, purpose);
      return collector.needs;
    }
    case 'sort':
    case 'top':
      for (const key of node.by) collector.readScalar(key.value, isCut || node.op === 'top' ? 'decides' : 'shown');
      return collector.needs;
    case 'join':
      for (const { left } of node.on) collector.readScalar(left, 'decides');
      return collector.needs;
    case 'series':
    case 'plugin':
    case 'take':
    case 'union':
    case 'opaque':
    case 'source':
    case 'literal':
    case 'reference':
      return collector.needs;
  }
}

/** What a join needs of its right side: what is needed of the result, under the names that it has there, and the keys. */
export function needsOfRight(node: Extract<Relation, { readonly op: 'join' }>, result: Needs): Needs {
  const keepsLeft = node.kind === 'leftAnti' || node.kind === 'leftSemi';
  const collector = new Collector(
    keepsLeft ? { names: new Map(), rest: false } : { names: new Map(), rest: result.rest },
  );
  if (!keepsLeft) {
    const originals = new Map(node.renamed.map(({ from, to }) => [to, from]));
    const pushedAside = new Set(node.renamed.map(({ from }) => from));
    for (const [name, purpose] of result.names) {
      const original = originals.get(name);
      if (original !== undefined) collector.add(original, purpose);
      // A name that both sides have is the left side's.
      else if (!pushedAside.has(name)) collector.add(name, purpose);
    }
  }
  for (const { right } of node.on) collector.readScalar(right, 'decides');
  return collector.needs;
}
