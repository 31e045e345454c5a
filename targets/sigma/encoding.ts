/** The encodings that value modifiers name: UTF-16 in its variants and base64 at each offset. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function utf8Bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** `wide` is little-endian; `utf16` is that after a byte order mark. */
export function utf16Bytes(text: string, encoding: 'utf16' | 'utf16le' | 'utf16be' | 'wide'): Uint8Array {
  const units = encoding === 'utf16' ? `\ufeff${text}` : text;
  const bytes = new Uint8Array(units.length * 2);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < units.length; index++) {
    view.setUint16(index * 2, units.charCodeAt(index), encoding !== 'utf16be');
  }
  return bytes;
}

export function base64OfBytes(bytes: Uint8Array): string {
  let encoded = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [first = 0, second, third] = bytes.subarray(index, index + 3);
    const group = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    encoded += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    encoded += second === undefined ? '=' : ALPHABET.charAt((group >> 6) & 63);
    encoded += third === undefined ? '=' : ALPHABET.charAt(group & 63);
  }
  return encoded;
}

/**
 * What is the same in the base64 form of any text that holds these bytes, for each of the three places at which they
 * can begin: without the characters that neighbouring bytes have a part in.
 */
export function base64Offsets(bytes: Uint8Array): readonly string[] {
  const STARTS = [0, 2, 3] as const;
  const ENDS = [0, 3, 2] as const;
  return STARTS.map((start, offset) => {
    const shifted = new Uint8Array(offset + bytes.length).fill(32);
    shifted.set(bytes, offset);
    const encoded = base64OfBytes(shifted);
    return encoded.slice(start, encoded.length - (ENDS[(bytes.length + offset) % 3] ?? 0));
  });
}
