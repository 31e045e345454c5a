/**
 * Names in Detections of Sigma's vocabulary for what Sigma itself gives no name: `raise` puts them there, `adapt` does
 * the same, and `emit` looks for them.
 */

/** The time of an event. Sigma's taxonomy has no field for it; correlations order events by it. */
export const TIME_COLUMN = '@timestamp';

/** What a correlation measures. */
export const MEASURE = 'measured';

/** The name under which a column of the n-th correlated rule (from 1) comes out of the join. */
export const renamedColumn = (name: string, rule: number): string => `${name}#${rule}`;
