/** Whether to use colour on a stream: `--color` and `--no-color` decide, else NO_COLOR, FORCE_COLOR and the terminal. */
export function usesColor(stream: { readonly isTTY?: boolean }, flag: boolean | undefined): boolean {
  // Commander reports `--no-color` as false and no flag at all as undefined.
  if (flag !== undefined) return flag;
  const { NO_COLOR: never, FORCE_COLOR: always, TERM: terminal } = process.env;
  if (never !== undefined && never !== '') return false;
  if (always !== undefined && always !== '' && always !== '0') return true;
  return stream.isTTY === true && terminal !== 'dumb';
}
