/** Names of output files: after the source file, the same in every target, and safe on every file system. */

/** Device names of Windows, which no file may have, whatever its ending. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
/** UTF-16 code units; file systems allow 255 bytes, and an ending and a number come behind. */
const MAX_LENGTH = 120;

/**
 * `sourceName` with `ending` (such as `.yml`). Characters that some file system does not allow become `-`; where nothing
 * is left, the name is `rule`.
 */
export function outputFileName(sourceName: string, ending: string): string {
  // Most names are plain, and compiling the patterns below costs some milliseconds.
  if (/^\w[\w.-]{0,99}\w$/.test(sourceName) && !DEVICE.test(sourceName)) return `${sourceName}${ending}`;
  const stem = sourceName
    .replace(/[<>:"/\\|?*\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu, '-')
    .slice(0, MAX_LENGTH)
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/^[-\s.]+|[-\s.]+$/g, '');
  if (stem === '') return `rule${ending}`;
  return `${DEVICE.test(stem) ? '_' : ''}${stem}${ending}`;
}
