/** Decodes base64 or base64url strictly: undefined for anything that is not the one canonical spelling. */
export function decodeStrict(text: string, encoding: 'base64' | 'base64url'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  // Node skips foreign characters silently; only a round trip proves the text.
  return bytes.toString(encoding) === text ? bytes : undefined;
}
