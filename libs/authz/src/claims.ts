import { decryptClaims } from '@nx/crypto';

/** A role as a token names it; `identifier` is `<3-digit priority>_<slug>`. */
export interface RoleClaim {
  readonly id: string;
  readonly identifier: string;
  readonly priority: number;
}

/** What identity's token says. */
export interface TokenClaims {
  readonly userId: string;
  readonly roles: readonly RoleClaim[];
  readonly merchantIds: readonly string[];
  readonly organizerIds: readonly string[];
  readonly clientId: string | null;
  /** Seconds since the epoch; 0 when the token does not say. */
  readonly issuedAtSeconds: number;
  /** Seconds since the epoch. */
  readonly expiresAtSeconds: number;
}

type Payload = Readonly<Record<string, unknown>>;

/** A token of identity that lacks what every token has, or whose claims cannot be read. */
export class UnreadableClaimsError extends Error {}

const textList = (value: unknown): string[] => {
  const items: unknown[] = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  return [...new Set(items.map((item) => (typeof item === 'string' ? item.trim() : '')).filter((item) => item !== ''))];
};

/** The priority stands in front of the identifier, whatever the claim says beside it. */
export const priorityOf = (identifier: string): number => Number(/^(\d{3})_/.exec(identifier)?.[1] ?? 0);

const roleOf = (value: unknown): RoleClaim[] => {
  if (typeof value === 'string') {
    // The form inside encrypted claims: `id|identifier|priority`.
    const [id, identifier] = value.split('|');
    return id === undefined || identifier === undefined ? [] : [{ id, identifier, priority: priorityOf(identifier) }];
  }
  if (typeof value !== 'object' || value === null) return [];
  const { id, identifier } = value as { id?: unknown; identifier?: unknown };
  if (typeof identifier !== 'string') return [];
  return [
    {
      id: typeof id === 'string' || typeof id === 'number' ? String(id) : identifier,
      identifier,
      priority: priorityOf(identifier),
    },
  ];
};

/**
 * Reads the payload of a verified token. Claims that identity has encrypted are opened with each of `secrets` in
 * turn. Throws `UnreadableClaimsError` without a user id or an expiry, `ClaimsError` when no secret opens them.
 */
export function readClaims(payload: Payload, secrets: readonly string[]): TokenClaims {
  const open = decryptClaims(payload, secrets);
  const userId = typeof open['userId'] === 'number' ? String(open['userId']) : open['userId'];
  if (typeof userId !== 'string' || userId === '') throw new UnreadableClaimsError('token has no readable user id');
  if (typeof payload['exp'] !== 'number') throw new UnreadableClaimsError('token has no expiry');
  const clientId = open['clientId'];
  return {
    userId,
    roles: Array.isArray(open['roles']) ? open['roles'].flatMap(roleOf) : [],
    merchantIds: textList(open['merchantIds']),
    organizerIds: textList(open['organizerIds']),
    clientId: typeof clientId === 'string' ? clientId : null,
    issuedAtSeconds: typeof payload['iat'] === 'number' ? payload['iat'] : 0,
    expiresAtSeconds: payload['exp'],
  };
}
