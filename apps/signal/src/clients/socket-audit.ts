import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import type { Clock } from '@nx/contracts';
import { CLOCK, currentContext } from '@nx/observability';
import { Database } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';

export type AuditedAction = 'list' | 'read' | 'broadcast' | 'send_room' | 'send_client' | 'disconnect';

const INSERT = `INSERT INTO signal."SocketAudit"
  (id, created_at, actor_id, actor_roles, action, target, topic, data_bytes, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** The trail of operators' calls. It is written first: what cannot be recorded is not done. */
@Injectable()
export class SocketAudit {
  constructor(
    private readonly database: Database,
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async record(
    actor: Actor,
    action: AuditedAction,
    about: { readonly target?: string; readonly topic?: string; readonly data?: unknown } = {},
  ): Promise<void> {
    const text = about.data === undefined ? undefined : JSON.stringify(about.data);
    await this.database.execute(INSERT, [
      this.ids.next(),
      new Date(this.clock.now()),
      actor.userId,
      actor.roles.map((role) => role.identifier),
      action,
      about.target ?? null,
      about.topic ?? null,
      text === undefined ? null : Buffer.byteLength(text),
      currentContext()?.requestId ?? null,
    ]);
  }
}
