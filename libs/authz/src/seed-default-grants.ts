import type { ProgressLog } from '@nx/http';
import { asOwner, tableOwner } from '@nx/persistence';
import { seedPermissions } from './seed-permissions';

const TABLE = 'identity."PolicyDefinition"';

/**
 * The step of `migrate` that writes the default grants. Where identity owns its table, the grants are its business:
 * then it says so and leaves them alone. `url` is the address of the service's owner role.
 */
export async function seedDefaultGrants(url: string, log: ProgressLog): Promise<void> {
  const { owner, ours } = await tableOwner(url, TABLE);
  if (!ours) {
    log('grants are left to the owner of PolicyDefinition', { owner });
    return;
  }
  await asOwner(url, owner, (connection) => seedPermissions(connection));
  log('default grants are there');
}
