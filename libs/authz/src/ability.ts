import { createMongoAbility, type MongoAbility, type RawRuleOf } from '@casl/ability';
import type { Permission } from '@nx/contracts';
import { isHeldIn, passesEverything, type HeldRole } from './membership';
import type { RoleGrant, UserEdge } from './policy-rows';

export type Ability = MongoAbility;
type Rule = RawRuleOf<Ability>;

const CODE = /^([A-Z][A-Za-z]*)\.(create|read|update|delete|execute|\*)$/;
const EVERYTHING: Rule = { action: 'manage', subject: 'all' };

interface Grant {
  readonly permission: string;
  readonly action: string | null;
  readonly effect: string | null;
}

/**
 * The CASL rule of a row. A code that cannot be read grants nothing; a denial that cannot be read denies everything,
 * as it must not be lost.
 */
const ruleOf = (grant: Grant): Rule[] => {
  const code = grant.permission.includes('.') ? grant.permission : `${grant.permission}.${grant.action ?? '*'}`;
  const [, resource, action] = CODE.exec(code) ?? [];
  const allows = grant.effect === null || grant.effect === 'allow';
  if (resource === undefined || action === undefined) return allows ? [] : [{ ...EVERYTHING, inverted: true }];
  return [{ action: action === '*' ? 'manage' : action, subject: resource, inverted: !allows }];
};

/** A direct grant's domain is read as a role's: `null` means the merchants of which the user is a member. */
const appliesIn = (edge: UserEdge, merchantId: string | null, members: ReadonlySet<string>): boolean =>
  edge.domain === '*' ||
  (edge.domain === null ? merchantId !== null && members.has(merchantId) : edge.domain === merchantId);

export interface AbilityFacts {
  readonly roles: readonly HeldRole[];
  readonly edges: readonly UserEdge[];
  readonly grants: readonly RoleGrant[];
  readonly members: ReadonlySet<string>;
}

/**
 * What a user may do in a merchant (`null`: on the platform as a whole). Some allow and no deny: CASL lets the last
 * rule win, so denials come last.
 */
export function abilityIn(merchantId: string | null, facts: AbilityFacts): Ability {
  const held = facts.roles.filter((role) => isHeldIn(role, merchantId, facts.members));
  if (held.some(passesEverything)) return createMongoAbility<Ability>([EVERYTHING]);
  const names = new Set(held.flatMap((role) => [role.id, role.identifier]));
  const direct = facts.edges.filter(
    (edge) =>
      edge.variant === 'policy' &&
      edge.targetType === 'Permission' &&
      edge.deletedAtMs === null &&
      appliesIn(edge, merchantId, facts.members),
  );
  const rules = [
    ...facts.grants.filter((grant) => names.has(grant.role)).flatMap(ruleOf),
    ...direct.flatMap((edge) => ruleOf({ permission: edge.targetId, action: edge.action, effect: edge.effect })),
  ];
  return createMongoAbility<Ability>([
    ...rules.filter((rule) => rule.inverted !== true),
    ...rules.filter((rule) => rule.inverted === true),
  ]);
}

/** Whether an ability holds a permission. */
export function allows(ability: Ability, permission: Permission): boolean {
  const [resource = '', action = ''] = permission.split('.', 2);
  return ability.can(action, resource);
}
