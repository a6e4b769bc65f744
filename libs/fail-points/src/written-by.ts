/** `FOR UPDATE` and the `UPDATE` of an `ON CONFLICT` name no table. */
const WRITES = /\b(?:(INSERT)\s+INTO|(UPDATE)(?!\s+(?:SET|OF|SKIP|NOWAIT)\b)|(DELETE)\s+FROM)\s+([\w".]+)/i;

/** What a statement writes first, as `update-IpnInbox`; undefined for one that only reads. */
export function writtenBy(sql: string): string | undefined {
  const [, insert, update, remove, table] = WRITES.exec(sql) ?? [];
  const verb = insert ?? update ?? remove;
  return verb === undefined || table === undefined ? undefined : `${verb.toLowerCase()}-${table.replaceAll('"', '')}`;
}
