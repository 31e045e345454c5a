/** `rule.hbs`, compiled. Every value is printed as it is: what stands in it is quoted already. */
declare const renderRule: (rule: {
  readonly name: string;
  readonly meta: readonly string[];
  readonly events: string;
  /** Empty: no section. */
  readonly match: string;
  readonly outcome: readonly string[];
  readonly condition: string;
  readonly options: readonly string[];
}) => string;
export default renderRule;
