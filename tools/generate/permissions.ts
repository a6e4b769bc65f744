import { DEFAULT_GRANTS, PERMISSIONS, ROLES } from '@nx/contracts';
import type { AppDescription } from './describe-app';
import { code, pageOf, table } from './markdown';

/** Roles that hold a permission before an administrator changes anything. */
const holdersOf = (permission: string): string[] =>
  Object.entries(DEFAULT_GRANTS)
    .filter(([, grants]) => grants.includes(permission) || grants.includes(`${permission.split('.')[0]}.*`))
    .map(([role]) => role);

const permissionIn = (policy: string): string | undefined => PERMISSIONS.find((name) => policy.includes(`${name} (`));

const holdersCell = (policy: string | null): string => {
  const permission = policy === null ? undefined : permissionIn(policy);
  return permission === undefined ? '' : holdersOf(permission).map(code).join(', ');
};

/** Who may call what: each route with its policy, and the roles that hold it by default. */
export function permissionsPage(apps: readonly AppDescription[]): string {
  return pageOf(
    'Permissions',
    'the decorators of the routes and `DEFAULT_GRANTS` of `libs/contracts`',
    `\`${ROLES.superAdmin}\` and \`${ROLES.admin}\` pass everywhere and stand in no row. What stands in brackets after a ` +
      'permission says where it must be held: in the active merchant, by the user wherever, or by an operator.',
    '## Default grants',
    table(
      ['Permission', 'Roles'],
      PERMISSIONS.map((permission) => [code(permission), holdersOf(permission).map(code).join(', ')]),
    ),
    ...apps.flatMap(({ service, routes }) => [
      `## Routes of ${service}`,
      table(
        ['Method', 'Path', 'Policy', 'Roles by default'],
        routes.map(({ method, path, policy }) => [method, code(path), policy ?? '**none**', holdersCell(policy)]),
      ),
    ]),
  );
}
