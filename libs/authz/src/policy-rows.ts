import type { Database } from '@nx/persistence';

/** An edge from a user: to a role, a merchant or an organizer, or a direct grant. */
export interface UserEdge {
  readonly variant: string;
  readonly targetType: string;
  readonly targetId: string;
  readonly action: string | null;
  readonly effect: string | null;
  readonly domain: string | null;
  /** Milliseconds since the epoch; `null` for a live edge. */
  readonly deletedAtMs: number | null;
}

/** What a role may do, in every domain in which it is held. */
export interface RoleGrant {
  /** A role's id or identifier. */
  readonly role: string;
  readonly permission: string;
  readonly action: string | null;
  readonly effect: string | null;
}

interface UserRow {
  subject_id: string;
  variant: string;
  target_type: string;
  target_id: string;
  action: string | null;
  effect: string | null;
  domain: string | null;
  deleted_at: Date | null;
}

interface GrantRow {
  subject_id: string;
  target_id: string;
  action: string | null;
  effect: string | null;
}

const USER_EDGES = `SELECT subject_id, variant, target_type, target_id, action, effect, domain, deleted_at
  FROM identity."PolicyDefinition"
 WHERE subject_type = 'User' AND subject_id = ANY($1::text[])`;

const ROLE_GRANTS = `SELECT subject_id, target_id, action, effect
  FROM identity."PolicyDefinition"
 WHERE variant = 'policy' AND subject_type = 'Role' AND target_type = 'Permission' AND deleted_at IS NULL`;

const MEMBERS = `SELECT DISTINCT subject_id
  FROM identity."PolicyDefinition"
 WHERE variant = 'group' AND subject_type = 'User' AND target_type = $1 AND target_id = $2 AND deleted_at IS NULL
 ORDER BY subject_id`;

const HAS_EPOCH_TRIGGER = `SELECT EXISTS (
  SELECT 1 FROM pg_trigger t WHERE t.tgrelid = to_regclass('identity."PolicyDefinition"') AND NOT t.tgisinternal AND t.tgenabled <> 'D'
) AND to_regclass('platform."PolicyEpoch"') IS NOT NULL AS present`;

const EPOCH = `SELECT epoch::text AS mark FROM platform."PolicyEpoch"`;

/** Where the table is not ours it has no trigger: any change moves the count or a newest timestamp. */
const FINGERPRINT = `SELECT concat_ws('/', count(*), max(created_at), max(modified_at), max(deleted_at)) AS mark
  FROM identity."PolicyDefinition"`;

/** Reads identity's policies; the trio never writes them outside migrate. */
export class PolicyRows {
  private hasTrigger: boolean | undefined;

  constructor(private readonly database: Database) {}

  /** All edges of users, deleted ones too: they decide what a token still may claim. One query for all of them. */
  async edgesOf(userIds: readonly string[]): Promise<Map<string, UserEdge[]>> {
    const edges = new Map<string, UserEdge[]>(userIds.map((userId) => [userId, []]));
    for (const row of await this.database.query<UserRow>(USER_EDGES, [userIds])) {
      edges.get(row.subject_id)?.push({
        variant: row.variant,
        targetType: row.target_type,
        targetId: row.target_id,
        action: row.action,
        effect: row.effect,
        domain: row.domain,
        deletedAtMs: row.deleted_at?.getTime() ?? null,
      });
    }
    return edges;
  }

  async roleGrants(): Promise<RoleGrant[]> {
    const rows = await this.database.query<GrantRow>(ROLE_GRANTS);
    return rows.map((row) => ({
      role: row.subject_id,
      permission: row.target_id,
      action: row.action,
      effect: row.effect,
    }));
  }

  /** Ids of the users who are members of a merchant or an organizer. */
  async members(targetType: 'Merchant' | 'Organizer', targetId: string): Promise<string[]> {
    const rows = await this.database.query<{ subject_id: string }>(MEMBERS, [targetType, targetId]);
    return rows.map((row) => row.subject_id);
  }

  /** A text that changes whenever a policy changes. */
  async mark(): Promise<string> {
    this.hasTrigger ??= (await this.database.query<{ present: boolean }>(HAS_EPOCH_TRIGGER))[0]?.present ?? false;
    const rows = await this.database.query<{ mark: string }>(this.hasTrigger ? EPOCH : FINGERPRINT);
    return rows[0]?.mark ?? '';
  }
}
