import type { Database, Row } from '../shared/database';
import { newId } from '../shared/ids';
import { Reader } from '../shared/reader';

interface Edge {
  readonly variant: 'group' | 'policy';
  readonly targetType: 'Merchant' | 'Organizer' | 'Role' | 'Permission';
  readonly targetId: string;
  readonly domain: string | null;
  readonly effect: string | null;
}

interface Membership {
  readonly userId: string;
  readonly edges: readonly Edge[];
}

const COLUMNS = 'id, variant, subject_type, subject_id, target_type, target_id, effect, domain, created_at, deleted_at';

/** A role without `domain` counts in the merchants where the user is a member. */
function readMembership(body: unknown): Membership {
  const read = new Reader(body);
  const userId = read.text('userId');
  const domain = read.optionalText('domain') ?? null;
  const edges: Edge[] = [];
  const add = (
    name: string,
    variant: Edge['variant'],
    targetType: Edge['targetType'],
    of: string | null,
    effect: string | null,
  ): void => {
    const targetId = read.optionalText(name);
    if (targetId !== undefined && targetId !== '') edges.push({ variant, targetType, targetId, domain: of, effect });
  };
  add('merchantId', 'group', 'Merchant', null, null);
  add('organizerId', 'group', 'Organizer', null, null);
  add('role', 'group', 'Role', domain, null);
  add('permission', 'policy', 'Permission', domain, read.optionalOneOf('effect', ['allow', 'deny']) ?? 'allow');
  if (edges.length === 0) throw read.wrong('merchantId', '(or organizerId, role, permission) must be given');
  return { userId, edges };
}

const MATCH = `deleted_at IS NULL AND variant = $1 AND subject_type = 'User' AND subject_id = $2 AND target_type = $3
  AND target_id = $4 AND domain IS NOT DISTINCT FROM $5 AND COALESCE(effect, 'allow') = COALESCE($6, 'allow')`;

function valuesOf(userId: string, edge: Edge): readonly (string | null)[] {
  return [edge.variant, userId, edge.targetType, edge.targetId, edge.domain, edge.effect];
}

/** Writes the edges that identity keeps for a user; one that lives already is left as it is. */
export async function addMember(database: Database, body: unknown): Promise<{ edges: Row[] }> {
  const { userId, edges } = readMembership(body);
  const rows: Row[] = [];
  for (const edge of edges) {
    const values = valuesOf(userId, edge);
    await database.query(
      `INSERT INTO identity."PolicyDefinition"
         (id, variant, subject_type, subject_id, target_type, target_id, domain, effect,
          created_at, modified_at, created_by, modified_by)
       SELECT $7, $1, 'User', $2, $3, $4, $5, $6, now(), now(), 'sandbox', 'sandbox'
       WHERE NOT EXISTS (SELECT 1 FROM identity."PolicyDefinition" WHERE ${MATCH})
       ON CONFLICT DO NOTHING`,
      [...values, newId()],
    );
    rows.push(...(await database.query(`SELECT ${COLUMNS} FROM identity."PolicyDefinition" WHERE ${MATCH}`, values)));
  }
  return { edges: rows };
}

/** Soft deletes the live edges that the body names. */
export async function removeMember(database: Database, body: unknown): Promise<{ edges: Row[] }> {
  const { userId, edges } = readMembership(body);
  const rows: Row[] = [];
  for (const edge of edges) {
    rows.push(
      ...(await database.query(
        `UPDATE identity."PolicyDefinition" SET deleted_at = now(), modified_at = now(), modified_by = 'sandbox'
         WHERE ${MATCH} RETURNING ${COLUMNS}`,
        [...valuesOf(userId, edge)],
      )),
    );
  }
  return { edges: rows };
}
