import { ROLES } from '@nx/contracts';
import { priorityOf, type RoleClaim, type TokenClaims } from './claims';
import type { UserEdge } from './policy-rows';

/** A role and where it is held: `*` everywhere, a merchant, or `null` in the merchants of which the user is a member. */
export interface HeldRole extends RoleClaim {
  readonly domain: string | null;
}

/** Roles of the platform's own people and services: they are not tied to a membership. */
const PLATFORM_ROLES: ReadonlySet<string> = new Set([ROLES.superAdmin, ROLES.admin, ROLES.service, ROLES.operator]);
const ADMIN_ROLES: ReadonlySet<string> = new Set([ROLES.superAdmin, ROLES.admin]);
const OPERATOR_ROLES: ReadonlySet<string> = new Set([ROLES.superAdmin, ROLES.admin, ROLES.operator]);

/**
 * The roles that count for a user. Any role edge of his, live or deleted, makes identity's table the only source:
 * a union with the token would make the owner of one shop the owner of another, since a token's list names no
 * merchant. Without any edge the token's roles count (a foreign issuer's), in the token's merchants.
 */
export function heldRoles(claims: TokenClaims, edges: readonly UserEdge[]): HeldRole[] {
  const roleEdges = edges.filter((edge) => edge.variant === 'group' && edge.targetType === 'Role');
  if (roleEdges.length === 0) {
    return claims.roles.flatMap((role) => {
      if (PLATFORM_ROLES.has(role.identifier)) return [{ ...role, domain: '*' }];
      return claims.merchantIds.map((merchantId) => ({ ...role, domain: merchantId }));
    });
  }
  return roleEdges
    .filter((edge) => edge.deletedAtMs === null)
    .map((edge) => {
      // An edge names a role by id or by identifier; the token may know the other name.
      const named = claims.roles.find((role) => role.id === edge.targetId || role.identifier === edge.targetId);
      const identifier = named?.identifier ?? edge.targetId;
      return { id: named?.id ?? edge.targetId, identifier, priority: priorityOf(identifier), domain: edge.domain };
    });
}

/**
 * Merchants or organizers of a user: the token's and those of live edges, without those whose edge was deleted in
 * or after the second in which the token was issued and has no live successor. So who was removed is out at once,
 * and who was removed before he got his token stays in if identity put him into it.
 */
export function membershipOf(
  targetType: 'Merchant' | 'Organizer',
  claims: TokenClaims,
  edges: readonly UserEdge[],
): Set<string> {
  const own = edges.filter((edge) => edge.variant === 'group' && edge.targetType === targetType);
  const live = new Set(own.filter((edge) => edge.deletedAtMs === null).map((edge) => edge.targetId));
  const members = new Set([...(targetType === 'Merchant' ? claims.merchantIds : claims.organizerIds), ...live]);
  for (const edge of own) {
    if (edge.deletedAtMs !== null && edge.deletedAtMs >= claims.issuedAtSeconds * 1000 && !live.has(edge.targetId)) {
      members.delete(edge.targetId);
    }
  }
  return members;
}

/** Whether a role is held in a merchant; `null` asks for the platform as a whole. */
export function isHeldIn(role: HeldRole, merchantId: string | null, members: ReadonlySet<string>): boolean {
  if (role.domain === '*') return true;
  if (role.domain === null)
    return PLATFORM_ROLES.has(role.identifier) || (merchantId !== null && members.has(merchantId));
  return role.domain === merchantId;
}

const holdsOnPlatform = (roles: readonly HeldRole[], wanted: ReadonlySet<string>): boolean =>
  roles.some((role) => wanted.has(role.identifier) && (role.domain === null || role.domain === '*'));

export const isAdmin = (roles: readonly HeldRole[]): boolean => holdsOnPlatform(roles, ADMIN_ROLES);
export const isOperator = (roles: readonly HeldRole[]): boolean => holdsOnPlatform(roles, OPERATOR_ROLES);
export const isService = (roles: readonly HeldRole[]): boolean => holdsOnPlatform(roles, new Set([ROLES.service]));
export const passesEverything = (role: HeldRole): boolean => ADMIN_ROLES.has(role.identifier);
