import type { KeyObject } from 'node:crypto';
import { systemRandom } from './hash';
import type { RandomBytes } from './hash';
import { legacyDecrypt, legacyEncrypt, legacyKey } from './legacy-cipher';
import type { LegacyMode } from './legacy-cipher';
import { decodeUtf8 } from './utf8';

/** A role as the platform's tokens carry it. */
export interface ClaimedRole {
  readonly id: string;
  readonly identifier: string;
  readonly priority: number;
}

/** The token's encrypted claims fit none of the secrets, or are malformed. Never carries a value. */
export class ClaimsError extends Error {
  override readonly name = 'ClaimsError';
}

const RESERVED: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'jti', 'nbf', 'exp', 'iat']);
const PLAIN_NAME = /^[A-Za-z_][\w.:-]{0,127}$/;
/** An encrypted name is base64 of at least iv and one block: 44 characters or more. */
const SEALED_NAME = /^[A-Za-z0-9+/]{42,}={0,2}$/;

/**
 * Reads a verified token's payload whose claim names and values identity may have encrypted with the application
 * secret. A payload in clear comes back as it is. Each secret is tried with AES-256-GCM, then with AES-256-CBC; all
 * sealed claims of one token must open with the same one. Roles come back as objects in both kinds.
 * @throws ClaimsError when sealed claims are there and no secret opens them, or a claim stands twice
 * @throws KeyRingError for a secret that has to be tried and cannot be a key (empty, or not ASCII)
 */
export function decryptClaims(
  payload: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Record<string, unknown> {
  const clear: [string, unknown][] = [];
  const sealed: [string, string][] = [];
  for (const [name, value] of Object.entries(payload)) {
    if (!RESERVED.has(name) && typeof value === 'string' && isSealedName(name)) sealed.push([name, value]);
    else clear.push([name, value]);
  }
  if (sealed.length === 0) return Object.fromEntries(clear);
  const opened = openAll(sealed, secrets);
  if (opened === undefined) throw new ClaimsError('The token carries encrypted claims that none of the secrets opens.');
  const names = [...clear, ...opened].map(([name]) => name);
  if (new Set(names).size < names.length) throw new ClaimsError('The token carries a claim twice.');
  return Object.fromEntries([
    ...clear,
    ...opened.map(([name, text]): [string, unknown] => [name, readValue(name, text)]),
  ]);
}

/** The counterpart, as identity writes such a payload: for tokens in tests and for systems that expect the format. */
export function encryptClaims(
  payload: Readonly<Record<string, unknown>>,
  secret: string,
  mode: LegacyMode = 'cbc',
  random: RandomBytes = systemRandom,
): Record<string, unknown> {
  const key = legacyKey(secret);
  const seal = (text: string): string => legacyEncrypt(mode, key, text, random);
  return Object.fromEntries(
    Object.entries(payload).map(([name, value]) => {
      if (RESERVED.has(name)) return [name, value];
      return [seal(name), seal(JSON.stringify(name === 'roles' ? packRoles(value) : value))];
    }),
  );
}

function isSealedName(name: string): boolean {
  return name.length % 4 === 0 && SEALED_NAME.test(name);
}

function openAll(sealed: readonly [string, string][], secrets: readonly string[]): [string, string][] | undefined {
  for (const secret of secrets) {
    const key = legacyKey(secret);
    const opened = openWith('gcm', key, sealed) ?? openWith('cbc', key, sealed);
    if (opened !== undefined) return opened;
  }
  return undefined;
}

function openWith(
  mode: LegacyMode,
  key: KeyObject,
  sealed: readonly [string, string][],
): [string, string][] | undefined {
  const opened: [string, string][] = [];
  for (const [sealedName, sealedValue] of sealed) {
    const name = openText(mode, key, sealedName);
    const value = openText(mode, key, sealedValue);
    // CBC has no tag: a wrong key that passes the padding by chance is caught by the shape of the name. A reserved
    // name is refused, because it would replace a claim that the verifier has already checked in clear.
    if (name === undefined || value === undefined || !PLAIN_NAME.test(name) || RESERVED.has(name)) return undefined;
    opened.push([name, value]);
  }
  return opened;
}

function openText(mode: LegacyMode, key: KeyObject, text: string): string | undefined {
  const bytes = legacyDecrypt(mode, key, text);
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}

function readValue(name: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Some issuers seal plain strings without JSON's quotes.
    value = text;
  }
  return name === 'roles' ? readRoles(value) : value;
}

function readRoles(value: unknown): ClaimedRole[] {
  if (!Array.isArray(value)) throw new ClaimsError('The claim "roles" is no list.');
  return value.map((entry: unknown) => {
    const [id, identifier, priority, ...rest] = typeof entry === 'string' ? entry.split('|') : [];
    if (!id || !identifier || priority === undefined || !/^\d{1,9}$/.test(priority) || rest.length > 0) {
      throw new ClaimsError('A role is not of the form id|identifier|priority.');
    }
    return { id, identifier, priority: Number(priority) };
  });
}

function packRoles(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return (value as readonly ClaimedRole[]).map((role) => `${role.id}|${role.identifier}|${role.priority}`);
}
