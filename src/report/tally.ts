/** Counts over many rules, as printed at the end of a run. */
import type { CompiledRule } from '../compile.ts';
import type { Verdict } from '../diagnostic.ts';
import { counted } from './plural.ts';

const VERDICTS: readonly Verdict[] = ['exact', 'wider', 'narrower', 'differs', 'refused'];

export class Tally {
  readonly #targets: readonly string[];
  readonly #counts = new Map<string, number>();
  #converted = 0;
  #invalid = 0;
  #skipped = 0;

  /** For these targets, in this order. */
  constructor(targets: readonly string[]) {
    this.#targets = targets;
  }

  add(rule: CompiledRule): void {
    if (rule.status === 'invalid') this.#invalid += 1;
    else this.#converted += 1;
    for (const output of rule.outputs) {
      const key = `${output.target} ${output.verdict}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  /** A file found in a folder that holds no rule. */
  skip(): void {
    this.#skipped += 1;
  }

  /** Rules, invalid ones too. */
  get rules(): number {
    return this.#converted + this.#invalid;
  }

  get skipped(): number {
    return this.#skipped;
  }

  get invalid(): number {
    return this.#invalid;
  }

  /** Outputs with that verdict, over all targets. */
  count(verdict: Verdict): number {
    return this.#targets.reduce((sum, target) => sum + this.#of(target, verdict), 0);
  }

  /** Outputs of a target with that verdict. */
  countOf(target: string, verdict: Verdict): number {
    return this.#of(target, verdict);
  }

  /** A small table: how many rules, and for each target how many of each verdict. */
  render(): string {
    const rules = `${counted(this.rules, 'rule')}: ${this.#converted} understood, ${this.#invalid} invalid`;
    const skipped = this.#skipped === 0 ? '' : `; ${counted(this.#skipped, 'file holds', 'files hold')} no rule`;
    const width = Math.max(...this.#targets.map((target) => target.length));
    const rows = this.#targets.map((target) => {
      const cells = VERDICTS.map((verdict) => `${verdict} ${String(this.#of(target, verdict)).padStart(5)}`);
      return `  ${target.padEnd(width)}  ${cells.join('   ')}`;
    });
    return `${[`${rules}${skipped}`, ...rows].join('\n')}\n`;
  }

  #of(target: string, verdict: Verdict): number {
    return this.#counts.get(`${target} ${verdict}`) ?? 0;
  }
}
