import { Injectable } from '@nestjs/common';
import { AccessControl } from '@nx/authz';
import type { Activity } from './read-activity';

/** Whom an activity concerns, by the memberships of this moment. */
@Injectable()
export class ResolveRecipients {
  constructor(private readonly access: AccessControl) {}

  /** Ids in the order in which their rows are locked; where nobody is found, the actor himself; else nobody. */
  async execute(activity: Activity): Promise<string[]> {
    const found = await this.find(activity);
    const recipients = found.length === 0 && activity.actorId !== null ? [activity.actorId] : found;
    // By bytes, as the database orders them (collation "C").
    return [...new Set(recipients)].toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  }

  private async find({ scope, organizerId, merchantId, recipientIds }: Activity): Promise<readonly string[]> {
    if (scope === 'users') return recipientIds;
    if (scope === 'merchant') return merchantId === null ? [] : this.access.membersOfMerchant(merchantId);
    return organizerId === null ? [] : this.access.membersOfOrganizer(organizerId);
  }
}
