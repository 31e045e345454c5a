/** Functions of IP addresses. */
import { asIpv6, compareAddresses, ipv4Text, isInRange, masked, parseAddress } from '../addresses.ts';
import type { Address } from '../addresses.ts';
import { boolValue, longValue, nullOfType, plain, textOf, textValue, toLong } from '../value.ts';
import { passesTest } from '../../ir/text.ts';
import type { Value } from '../../ir/types.ts';
import { argument, arrayOf, integerArgument, textArgument } from './family.ts';
import type { Family } from './family.ts';

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(parseAddress);

function ipv4(text: string): Address | undefined {
  const address = parseAddress(text);
  return address?.version === 4 ? address : undefined;
}

function ipv6(text: string): Address | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : asIpv6(address);
}

/** An address from its text or its number. */
function ipv4Of(value: Value): Address | undefined {
  const of = plain(value);
  if (of.type !== 'long') return ipv4(textOf(of));
  return of.value >= 0n && of.value < 1n << 32n ? { version: 4, bits: of.value, prefix: 32 } : undefined;
}

export const NETWORK: Family = {
  ipInRange: (args) => {
    const [address, range] = [ipv4(textArgument(args, 0)), ipv4(textArgument(args, 1))];
    return address === undefined || range === undefined ? nullOfType('bool') : boolValue(isInRange(address, range));
  },
  ipv6InRange: (args) => {
    const [address, range] = [ipv6(textArgument(args, 0)), ipv6(textArgument(args, 1))];
    return address === undefined || range === undefined ? nullOfType('bool') : boolValue(isInRange(address, range));
  },
  ipCompare: (args) => {
    const [left, right] = [ipv4(textArgument(args, 0)), ipv4(textArgument(args, 1))];
    if (left === undefined || right === undefined) return nullOfType('long');
    return longValue(compareAddresses(left, right, integerArgument(args, 2)));
  },
  ipv6Compare: (args) => {
    const [left, right] = [ipv6(textArgument(args, 0)), ipv6(textArgument(args, 1))];
    if (left === undefined || right === undefined) return nullOfType('long');
    return longValue(compareAddresses(left, right, integerArgument(args, 2)));
  },
  ipIsPrivate: (args) => {
    const address = ipv4(textArgument(args, 0));
    if (address === undefined) return nullOfType('bool');
    // A network is private when it lies within a private range as a whole.
    return boolValue(
      PRIVATE.some((range) => range !== undefined && address.prefix >= range.prefix && isInRange(address, range)),
    );
  },
  ipToLong: (args) => {
    const address = ipv4(textArgument(args, 0));
    return address === undefined ? nullOfType('long') : longValue(masked(address, address.prefix));
  },
  ipFormat: (args) => {
    const address = ipv4Of(argument(args, 0));
    return textValue(address === undefined ? '' : ipv4Text(masked(address, prefixOf(address, args))));
  },
  ipFormatMask: (args) => {
    const address = ipv4Of(argument(args, 0));
    if (address === undefined) return textValue('');
    const prefix = prefixOf(address, args);
    return textValue(`${ipv4Text(masked(address, prefix))}/${prefix}`);
  },
  ipNetmask: (args) => {
    const address = ipv4(textArgument(args, 0));
    return address === undefined ? nullOfType('long') : longValue(address.prefix);
  },
  hasIp: ([text, ...addresses]) => boolValue(hasAny(text, addresses, false)),
  hasIpPrefix: ([text, ...prefixes]) => boolValue(hasAny(text, prefixes, true)),
};

function prefixOf(address: Address, args: readonly Value[]): number {
  const given = args[1] === undefined ? undefined : toLong(args[1]);
  return given?.type === 'long' ? Math.min(Number(given.value), address.prefix) : address.prefix;
}

function hasAny(text: Value | undefined, wanted: readonly Value[], isPrefix: boolean): boolean {
  const subject = text === undefined ? '' : textOf(text);
  const all = wanted.flatMap((one) => arrayOf(one)?.map(String) ?? [textOf(one)]);
  return all.some((one) => {
    if (isPrefix ? !/^(\d{1,3}\.){1,3}$/.test(one) : ipv4(one) === undefined) return false;
    return passesTest(subject, isPrefix ? 'termPrefix' : 'term', one, true);
  });
}
