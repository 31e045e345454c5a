/** Sigma: rules and correlation rules as the Sigma specification 2.1 defines them. */
import type { TargetRooms } from '../target.ts';
import { adapt } from './adapt.ts';
import { codes } from './codes.ts';
import { emit } from './emit.ts';
import { running } from './events.ts';
import { print } from './print.ts';
import { raise } from './raise.ts';
import { read } from './read.ts';
import type { SigmaFile } from './tree.ts';

export const sigma: TargetRooms<SigmaFile> = {
  id: 'sigma',
  title: 'Sigma',
  codes: codes.entries,
  comment: '#',
  adapt,
  emit: (adapted) => emit(adapted),
  print,
  read,
  raise,
  running,
};
