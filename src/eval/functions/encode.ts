/** Functions that encode and decode: Base64, percent-encoding, hexadecimal. */
import { dynamicValue, nullOfType, plain, textValue, toLong } from '../value.ts';
import { argument, integerArgument, textArgument } from './family.ts';
import type { Family } from './family.ts';

export const ENCODE: Family = {
  base64Decode: (args) => {
    const bytes = bytesOfBase64(textArgument(args, 0));
    if (bytes === undefined) return textValue('');
    try {
      return textValue(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      return textValue('');
    }
  },
  base64DecodeToBytes: (args) => {
    const bytes = bytesOfBase64(textArgument(args, 0));
    return bytes === undefined ? nullOfType('dynamic') : dynamicValue(Array.from(bytes));
  },
  base64Encode: (args) => {
    const bytes = new TextEncoder().encode(textArgument(args, 0));
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return textValue(btoa(binary));
  },
  urlDecode: (args) => {
    const text = textArgument(args, 0).replaceAll('+', ' ');
    try {
      return textValue(decodeURIComponent(text));
    } catch {
      return textValue(text);
    }
  },
  urlEncode: (args) => {
    // A lone half of a surrogate pair has no UTF-8 form.
    const text = textArgument(args, 0).replace(/\p{Cs}/gu, '\ufffd');
    return textValue(encodeURIComponent(text).replaceAll('%20', '+'));
  },
  toHex: (args) => {
    const value = toLong(plain(argument(args, 0)));
    if (value.type !== 'long') return textValue('');
    const digits = BigInt.asUintN(64, value.value).toString(16);
    return textValue(digits.padStart(Math.min(integerArgument(args, 1) ?? 0, 64), '0'));
  },
};

function bytesOfBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 === 1) return undefined;
  const binary = atob(compact.replace(/=+$/, ''));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
