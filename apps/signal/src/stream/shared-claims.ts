import type { RoleClaim, TokenClaims } from '@nx/authz';

/** Lists that are remembered; then it begins anew, so that strange tokens cannot fill the memory. */
const MAXIMUM_LISTS = 10_000;

/** Takes the place of equal values: sockets of one shop hold one list of its merchants, and all clerks one of roles. */
class SharedValues<T> {
  private readonly known = new Map<string, T>();

  share(key: string, value: T): T {
    const present = this.known.get(key);
    if (present !== undefined) return present;
    if (this.known.size >= MAXIMUM_LISTS) this.known.clear();
    this.known.set(key, value);
    return value;
  }
}

const ids = new SharedValues<readonly string[]>();
const roles = new SharedValues<readonly RoleClaim[]>();

/** The same claims, for as long as the socket lives: their lists are those of other sockets where they are equal. */
export const withSharedLists = (claims: TokenClaims): TokenClaims => ({
  ...claims,
  roles: roles.share(JSON.stringify(claims.roles), claims.roles),
  merchantIds: ids.share(JSON.stringify(claims.merchantIds), claims.merchantIds),
  organizerIds: ids.share(JSON.stringify(claims.organizerIds), claims.organizerIds),
});
