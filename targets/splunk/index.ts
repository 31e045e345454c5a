/** Splunk: saved searches in SPL. */
import type { TargetRooms } from '../target.ts';
import { adapt } from './adapt.ts';
import { codes } from './codes.ts';
import { emit } from './emit.ts';
import { running } from './events.ts';
import { print } from './print.ts';
import { raise } from './raise.ts';
import { read } from './read.ts';
import type { SavedSearch } from './tree.ts';

export const splunk: TargetRooms<SavedSearch> = {
  id: 'splunk',
  title: 'Splunk SPL',
  codes: codes.entries,
  comment: '#',
  adapt,
  emit,
  print,
  read,
  raise,
  running,
};
