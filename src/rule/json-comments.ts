/** Comments and tabs in JSON, made harmless without moving anything. */

/**
 * Replaces `//` and block comments outside strings with spaces of the same length (line breaks stay), and tabs with
 * single spaces, so that every other character keeps its offset. ARM templates may hold such comments.
 */
export function blankJsonComments(text: string): string {
  if (!/[/\t]/.test(text)) return text;
  const parts: string[] = [];
  let kept = 0;
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      at = stringEnd(text, at);
    } else if (character === '\t') {
      parts.push(text.slice(kept, at), ' ');
      kept = ++at;
    } else if (character === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const end = commentEnd(text, at);
      parts.push(text.slice(kept, at), text.slice(at, end).replace(/[^\r\n]/g, ' '));
      kept = at = end;
    } else {
      at++;
    }
  }
  parts.push(text.slice(kept));
  return parts.join('');
}

/** Just past the closing quote; past the end of the line when there is none. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '"') return at + 1;
    else if (character === '\n') return at;
  }
  return text.length;
}

function commentEnd(text: string, start: number): number {
  const isLine = text[start + 1] === '/';
  const end = isLine ? text.indexOf('\n', start) : text.indexOf('*/', start + 2);
  if (end < 0) return text.length;
  return isLine ? end : end + 2;
}
