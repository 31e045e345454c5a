/** The Google SecOps (Chronicle) target: YARA-L 2.0 rules over the Unified Data Model. */
import type { TargetRooms } from '../target.ts';
import { adapt } from './adapt.ts';
import { CODES } from './codes.ts';
import { emit } from './emit.ts';
import { running } from './events.ts';
import { print } from './print.ts';
import { raise } from './raise.ts';
import { read } from './read.ts';
import type { Rule } from './tree.ts';

export const chronicle: TargetRooms<Rule> = {
  id: 'chronicle',
  title: 'Google SecOps YARA-L 2.0',
  codes: CODES.entries,
  comment: '//',
  adapt,
  emit,
  print,
  read,
  raise,
  running,
};
