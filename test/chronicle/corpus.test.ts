/** Real rules: those of Google's community, and public Sentinel rules on their way to YARA-L. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { understandRule } from '../../src/compile.ts';
import { joinVerdict } from '../../src/ir/fidelity.ts';
import { canonicalText, normaliseDetection } from '../../src/ir/normalise.ts';
import { opaquesOf, relationPart } from '../../src/ir/walk.ts';
import { readRule } from '../../src/rule/read.ts';
import { SourceFile } from '../../src/source.ts';
import { adapt } from '../../targets/chronicle/adapt.ts';
import { emit, unphrased } from '../../targets/chronicle/emit.ts';
import { fromQuery } from '../../targets/chronicle/logic.ts';
import { printRule } from '../../targets/chronicle/print.ts';
import { raise } from '../../targets/chronicle/raise.ts';
import { read } from '../../targets/chronicle/read.ts';
import { isRepeated, udmKind } from '../../targets/chronicle/udm.ts';
import { loadCrosswalk } from '../../targets/fields/index.ts';
import type { ConversionOptions } from '../../targets/target.ts';

const SHARED = join(import.meta.dirname, '..', '..', '..', 'shared');
const YARAL = join(SHARED, 'corpus', 'chronicle');
const SENTINEL = join(SHARED, 'corpus', 'sentinel');
const SCHEMA = join(SHARED, 'reference', 'udm-fields.json');

const filesBelow = (folder: string, ending: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));

const load = (path: string): SourceFile => new SourceFile(path, readFileSync(path, 'utf8'));

const withoutSpans = (tree: unknown): string =>
  JSON.stringify(tree, (key, value: unknown) => (key === 'span' || key === 'raw' ? undefined : value));

const OPTIONS: Omit<ConversionOptions, 'sourceName'> = {
  terms: 'contains',
  bestEffort: false,
  crosswalk: loadCrosswalk(),
};

describe.skipIf(!existsSync(YARAL))('public YARA-L rules (skipped without the corpus)', () => {
  const files = existsSync(YARAL) ? filesBelow(YARAL, '.yaral') : [];

  it('are all read, and read again as they are printed', { timeout: 300_000 }, () => {
    for (const path of files) {
      const { tree } = read(load(path));
      expect(tree, path).toBeDefined();
      if (tree === undefined) continue;
      const again = read(new SourceFile(path, printRule(tree)));
      expect(withoutSpans(again.tree), path).toBe(withoutSpans(tree));
    }
  });

  it('are understood, and mean the same when they are written anew', { timeout: 300_000 }, () => {
    let understood = 0;
    let written = 0;
    for (const path of files) {
      const { tree } = read(load(path));
      if (tree === undefined) continue;
      const raised = raise(tree);
      if (opaquesOf(relationPart(raised.query)).length === 0) understood++;
      const logic = fromQuery(raised.query, raised.schedule.lookback);
      expect(logic, path).toBeDefined();
      if (logic === undefined || unphrased(logic).length > 0) continue;
      const text = printRule(emit(raised, { ...OPTIONS, sourceName: 'x' }));
      const again = read(new SourceFile(path, text)).tree;
      expect(again, text).toBeDefined();
      if (again === undefined) continue;
      const queryOf = (detection: typeof raised): string =>
        canonicalText(normaliseDetection({ ...detection, meta: raised.meta }));
      expect(queryOf(raise(again)), path).toBe(queryOf(raised));
      written++;
    }
    expect(understood / files.length).toBeGreaterThan(0.99);
    expect(written / files.length).toBeGreaterThan(0.9);
  });
});

describe.skipIf(!existsSync(SCHEMA))('the types of UDM fields (skipped without the schema)', () => {
  const KINDS: Readonly<Record<string, string>> = {
    int32: 'integer',
    int64: 'integer',
    uint32: 'integer',
    uint64: 'integer',
    float: 'float',
    double: 'float',
    bool: 'bool',
    string: 'text',
    bytes: 'text',
    'google.protobuf.timestamp': 'timestamp',
    'message:label': 'map',
  };

  it('are those of the schema', () => {
    const { paths } = JSON.parse(readFileSync(SCHEMA, 'utf8')) as { paths: Readonly<Record<string, string>> };
    // Enumerations of messages that the schema writes as such, by mistake or for their oddity.
    const odd = /labels$|_labels$|\.imports$|\.section$|\.resource$|_count$/;
    const wrong = Object.entries(paths).flatMap(([path, type]) => {
      const kind = type.startsWith('enum:') ? 'enum' : type.startsWith('map<') ? 'map' : KINDS[type];
      if (kind === undefined || odd.test(path) || udmKind(path) === kind) return [];
      return [`${path}: ${type}, taken for ${udmKind(path)}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['principal.ip', true],
    ['principal.hostname', false],
    ['security_result.action', true],
    ['security_result.rule_name', true],
    ['about.hostname', true],
    ['target.user.email_addresses', true],
    ['target.user.userid', false],
    ['network.email.from', false],
    ['network.email.to', true],
    ['target.asset.category', false],
  ])('%s is a list: %s', (path, expected) => {
    expect(isRepeated(path)).toBe(expected);
  });
});

describe.skipIf(!existsSync(SENTINEL))('public Sentinel rules (skipped without the corpus)', () => {
  it('become rules that are read back as what they were adapted to', { timeout: 300_000 }, () => {
    const verdicts = new Map<string, number>();
    // Every fourth, for the sake of time.
    for (const path of filesBelow(SENTINEL, '.yaml').filter((_, index) => index % 4 === 0)) {
      for (const entry of readRule(load(path)).entries) {
        const { detection } = entry.status === 'invalid' ? { detection: undefined } : understandRule(entry.rule);
        if (detection === undefined) continue;
        const options = { ...OPTIONS, sourceName: 'rule' };
        const { adapted, notes } = adapt(detection, options);
        const verdict = adapted === undefined ? 'refused' : joinVerdict(notes);
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        if (adapted === undefined) {
          expect(
            notes.some(({ effect }) => effect === 'refused'),
            path,
          ).toBe(true);
          continue;
        }
        const text = printRule(emit(adapted, options));
        const { tree } = read(new SourceFile(path, text));
        expect(tree, text).toBeDefined();
        if (tree === undefined) continue;
        expect(canonicalText(normaliseDetection(raise(tree))), path).toBe(canonicalText(normaliseDetection(adapted)));
      }
    }
    const all = [...verdicts.values()].reduce((sum, one) => sum + one, 0);
    const refused = verdicts.get('refused') ?? 0;
    expect(all).toBeGreaterThan(300);
    // A ratchet: most of what is refused has no mapping to UDM.
    expect(1 - refused / all, JSON.stringify([...verdicts])).toBeGreaterThan(0.25);
  });
});
