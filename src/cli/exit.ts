/** Exit codes, the same for every command. */
export const EXIT = {
  fine: 0,
  /** The input has findings: an invalid rule, an output below what was asked for. */
  findings: 1,
  /** Wrong use, or a bug of ours. */
  failure: 2,
} as const;
