/** What a query's text shows before it is parsed. */

/** Whether nothing but white space and comments stands in it. */
export function isBlankQuery(text: string): boolean {
  return text.split(/\r\n|\r|\n/).every((line) => /^\s*(\/\/.*)?$/.test(line));
}

/** The comment lines at the head of a query, without the slashes. */
export function leadingComments(text: string): readonly string[] {
  const comments: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const match = /^\uFEFF?\s*\/\/+(.*)$/.exec(line);
    if (match !== null) comments.push((match[1] ?? '').trim());
    else if (line.replace('\uFEFF', '').trim() !== '') break;
  }
  return comments;
}
