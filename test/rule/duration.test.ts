import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { DAY, describeDuration, HOUR, MINUTE, parseDuration } from '../../src/rule/duration.ts';

describe('durations', () => {
  test.each([
    ['5m', 5 * MINUTE],
    ['1h', HOUR],
    ['14d', 14 * DAY],
    ['30s', 30_000],
    [' 1H ', HOUR],
    ['PT5M', 5 * MINUTE],
    ['PT1H', HOUR],
    ['P1D', DAY],
    ['P1DT2H', DAY + 2 * HOUR],
    ['P2W', 14 * DAY],
    ['PT1.5S', 1500],
    ['pt1h', HOUR],
    ['01:00:00', HOUR],
    ['1.02:03:04', DAY + 2 * HOUR + 3 * MINUTE + 4000],
    ['00:00:00.5', 500],
    ['PT0S', 0],
  ])('%s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    '',
    'P',
    'PT',
    'P1DT',
    'T1H',
    '1',
    '1M',
    '1 h',
    '1h30m',
    '-1h',
    '1.5h',
    'P1M',
    'P1Y',
    'PT1H1D',
    '25:00:00',
    '01:60:00',
    '1e3h',
    'PT١H',
    '9999999999d',
  ])('no duration: %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test.each([
    [5 * MINUTE, '5 minutes'],
    [HOUR, '1 hour'],
    [14 * DAY, '14 days'],
    [90 * MINUTE, '90 minutes'],
    [1500, '1.5 seconds'],
    [0, '0 seconds'],
  ])('%d ms in words: %s', (milliseconds, words) => {
    expect(describeDuration(milliseconds)).toBe(words);
  });

  const counts = fc.tuple(fc.nat(13), fc.nat(23), fc.nat(59), fc.nat(59));
  property.prop([counts], { seed: 3 })('all notations of one duration agree', ([days, hours, minutes, seconds]) => {
    const wanted = days * DAY + hours * HOUR + minutes * MINUTE + seconds * 1000;
    expect(parseDuration(`P${days}DT${hours}H${minutes}M${seconds}S`)).toBe(wanted);
    expect(parseDuration(`${days}.${hours}:${minutes}:${seconds}`)).toBe(wanted);
    expect(parseDuration(`${wanted / 1000}s`)).toBe(wanted);
  });
});
