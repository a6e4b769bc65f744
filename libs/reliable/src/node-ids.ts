/** Ids of a text such as `8,800-849`, in its order, each once. @throws Error when it is not of that form or leaves 0..1023 */
export function parseNodeIds(text: string): number[] {
  const ids = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part);
    if (!match) throw new Error(`node ids '${text}' are not of the form 8,800-849`);
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (to < from || to > 1023) throw new Error(`node ids '${text}' are not within 0..1023 or go backwards`);
    for (let id = from; id <= to; id++) ids.add(id);
  }
  return [...ids];
}
