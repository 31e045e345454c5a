import { describe, expect, it } from 'vitest';
import * as b from '../../src/ir/build.ts';
import type { Predicate, Relation, Scalar } from '../../src/ir/types.ts';
import * as walk from '../../src/ir/walk.ts';

const many = 20_000;

describe('walking', () => {
  it('finds fields, tables and opaque places, each once and in order', () => {
    const inner = b.filter(b.source('Inner'), b.match(b.field('Hidden'), 'equals', 'x'));
    const where = b.and([
      b.match(b.field('A', ['p']), 'equals', 'x'),
      b.inQuery(b.field('B'), 'equals', inner),
      b.opaquePredicate('what is this', ['C']),
      b.compare(b.call('add', [b.field('A', ['p']), b.field('D')], 'long'), '==', b.long(1)),
    ]);
    const relation = b.union([b.filter(b.source('Outer'), where), b.opaqueRelation('plugin()', b.source('Outer'))]);
    expect(walk.tablesOf(relation)).toEqual(['Outer', 'Inner']);
    expect(walk.fieldsOf(walk.relationPart(relation)).map((f) => [f.name, ...f.path].join('.'))).toEqual([
      'A.p',
      'B',
      'Hidden',
      'D',
    ]);
    expect(walk.opaquesOf(walk.relationPart(relation)).map((o) => [o.kind, o.text])).toEqual([
      ['predicate', 'what is this'],
      ['relation', 'plugin()'],
    ]);
    expect([...walk.columnsReadBy(walk.predicatePart(where)).names]).toEqual(['A', 'B', 'C', 'D']);
  });

  it('says that packing all columns reads all of them', () => {
    expect(walk.columnsReadBy(walk.scalarPart(b.call('packAll', [], 'dynamic'))).all).toBe(true);
    expect(walk.columnsReadBy(walk.predicatePart(b.match(b.anyField(), 'term', 'x'))).all).toBe(true);
    expect(walk.columnsReadBy(walk.scalarPart(b.field('x'))).all).toBe(false);
  });

  it('keeps what does not change the same object', () => {
    const relation = b.join(
      'inner',
      b.extend(b.source('A'), [
        { name: 'x', value: b.choose([{ when: b.constant(true), then: b.text('a') }], b.text('b'), 'string') },
      ]),
      b.aggregate(b.source('B'), [{ name: 'k', value: b.field('k') }], []),
      [{ left: b.field('k'), right: b.field('k') }],
    );
    expect(walk.rewriteRelation(relation, { scalar: (s) => s, predicate: (p) => p, relation: (r) => r })).toBe(
      relation,
    );
  });

  it('rewrites every scalar of every operator', () => {
    const f = b.field('old');
    const n = { name: 'n', value: f };
    const measure = { name: 'm', fn: 'sum', args: [f], where: b.isTrue(f), span: f.span } as const;
    const key = { value: f, descending: true, nullsFirst: false };
    const s = b.source('T');
    const all: Relation[] = [
      b.filter(s, b.between(f, f, f)),
      b.extend(s, [n]),
      b.project(s, [n]),
      b.aggregate(s, [n], [measure]),
      b.join('inner', s, s, [{ left: f, right: f }]),
      b.expand(s, [{ ...n, type: 'string' }]),
      b.apply(s, [{ ...n, type: 'string' }], b.filter(s, b.missing(f, 'empty'))),
      b.unpack(s, f),
      b.parse(s, f, []),
      b.sort(s, [key]),
      b.top(s, 1, [key]),
      b.series({
        input: s,
        measures: [{ ...measure, fill: b.nullValue('long') }],
        on: f,
        from: f,
        to: f,
        step: f,
        by: [n],
      }),
      b.plugin(s, 'basket', [f], [b.filter(s, b.isTrue(f))]),
      b.opaqueRelation('?', b.filter(s, b.isTrue(f))),
    ];
    for (const relation of all) {
      const before = walk.fieldsOf(walk.relationPart(relation)).map((one) => one.name);
      expect(before, relation.op).toEqual(['old']);
      const after = walk.rewriteRelation(relation, { scalar: (one) => (one.op === 'field' ? b.field('new') : one) });
      expect(
        walk.fieldsOf(walk.relationPart(after)).map((one) => one.name),
        relation.op,
      ).toEqual(['new']);
    }
  });

  it('substitutes fields outside queries only, paths included', () => {
    const query = b.filter(b.source('T'), b.isTrue(b.field('x')));
    const where = b.and([b.isTrue(b.field('x', ['a', 0], 'bool')), b.inQuery(b.field('y'), 'equals', query)]);
    const replaced = walk.substituteInPredicate(where, (f) => (f.name === 'x' ? b.field('z', ['q']) : undefined));
    expect(replaced).toMatchObject({ of: [{ of: { name: 'z', path: ['q', 'a', 0], type: 'bool' } }, { query }] });
    const called = walk.substituteInScalar(b.field('x', ['a', -1]), () =>
      b.call('parseJson', [b.field('t')], 'dynamic'),
    );
    expect(called).toMatchObject({
      fn: 'element',
      args: [{ fn: 'element', args: [{ fn: 'parseJson' }, { value: { value: 'a' } }] }, { value: { value: -1n } }],
    });
  });

  it('does not exhaust the stack on long or deep input', () => {
    let relation: Relation = b.source('T');
    for (let i = 0; i < many; i++) relation = b.filter(relation, b.match(b.field('x'), 'equals', String(i)));
    expect(walk.tablesOf(walk.rewriteRelation(relation, {}))).toEqual(['T']);

    const list: Predicate = b.or(Array.from({ length: many }, (_, i) => b.match(b.field('x'), 'equals', String(i))));
    expect(walk.fieldsOf(walk.predicatePart(list))).toHaveLength(1);

    let sum: Scalar = b.field('x');
    for (let i = 0; i < many; i++) sum = b.call('add', [sum, b.long(1)], 'long');
    const renamed = walk.substituteInScalar(sum, () => b.field('y'));
    expect(walk.fieldsOf(walk.scalarPart(renamed)).map((f) => f.name)).toEqual(['y']);
  });
});
