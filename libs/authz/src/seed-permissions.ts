import { createHash } from 'node:crypto';
import { DEFAULT_GRANTS } from '@nx/contracts';

/** What seeding needs of a transaction or a connection. */
export interface SeedTarget {
  execute(sql: string, params?: readonly unknown[]): Promise<unknown>;
}

/** Made from the grant, so that a second run finds the row, and one that an administrator deleted stays deleted. */
const idOf = (role: string, permission: string): string =>
  createHash('sha256').update(`grant/${role}/${permission}`).digest('base64').replace(/[+/=]/g, '').slice(0, 11);

const INSERT = `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, effect)
SELECT $1, 'policy', 'Role', $2, 'Permission', $3, 'allow'
 WHERE NOT EXISTS (
   SELECT 1 FROM identity."PolicyDefinition"
    WHERE variant = 'policy' AND subject_type = 'Role' AND subject_id = $2 AND target_type = 'Permission' AND target_id = $3)
ON CONFLICT DO NOTHING`;

/**
 * Writes the default grants of roles once: a grant that exists, or existed and was deleted, is left alone. The
 * connection must be that of the owner of schema identity.
 */
export async function seedPermissions(
  target: SeedTarget,
  grants: Readonly<Record<string, readonly string[]>> = DEFAULT_GRANTS,
): Promise<void> {
  for (const [role, permissions] of Object.entries(grants)) {
    for (const permission of permissions) await target.execute(INSERT, [idOf(role, permission), role, permission]);
  }
}
