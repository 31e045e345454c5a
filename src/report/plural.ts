/** `1 rule`, `2 rules`: a count with its noun, whose plural is regular unless given. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
