import { Injectable } from '@nestjs/common';
import { AccessControl, type Actor, type TokenClaims } from '@nx/authz';
import { SignalConfig } from '../signal.config';
import { meaningOf, parseRoomRule, type RoomRule } from './room-name';
import { RoomResolver } from './room-resolver';
import type { RoomGrant, Session } from './session';

export type RoomRefusal = 'invalid' | 'forbidden' | 'unavailable' | 'limit';
export type RoomDecision = { readonly grant: RoomGrant } | { readonly refusal: RoomRefusal };

const OWN: RoomDecision = { grant: { kind: 'own' } };
const FORBIDDEN: RoomDecision = { refusal: 'forbidden' };

/** Who may be in which room. Tenant isolation of pushes rests on this class alone. */
@Injectable()
export class RoomPolicy {
  private readonly rules: readonly RoomRule[];

  constructor(
    config: SignalConfig,
    private readonly access: AccessControl,
    private readonly resolver: RoomResolver,
  ) {
    this.rules = config.rooms.patterns.map(parseRoomRule);
  }

  /** Decides for a room whose name is valid. Throws when the policies cannot be read. */
  async decide(session: Session, room: string): Promise<RoomDecision> {
    const { claims } = session;
    if (claims === undefined) return FORBIDDEN;
    if (room === session.id) return OWN;
    const meaning = meaningOf(room);
    switch (meaning.kind) {
      case 'default':
        return OWN;
      case 'user':
        return meaning.userId === claims.userId ? OWN : FORBIDDEN;
      case 'merchant':
        return this.ifHeld(claims, { kind: 'member', merchantId: meaning.id, organizerId: null });
      case 'organizer':
        return this.ifHeld(claims, { kind: 'member', merchantId: null, organizerId: meaning.id });
      case 'thing':
        if (this.resolver.knows(meaning.service)) return this.ofThing(claims, meaning.service, room);
        return this.byRule(claims, room);
      case 'other':
        return this.byRule(claims, room);
    }
  }

  /** Whether a grant still holds. */
  async holds(claims: TokenClaims, grant: RoomGrant): Promise<boolean> {
    return grant.kind === 'own' || isAllowed(await this.access.actorOf(claims, {}), grant);
  }

  private async ofThing(claims: TokenClaims, service: string, room: string): Promise<RoomDecision> {
    const owner = await this.resolver.ownerOf(service, room);
    return owner === undefined ? { refusal: 'unavailable' } : this.ifHeld(claims, { kind: 'member', ...owner });
  }

  private async byRule(claims: TokenClaims, room: string): Promise<RoomDecision> {
    const rule = this.rules.find(({ pattern }) => pattern.test(room));
    return rule === undefined ? FORBIDDEN : this.ifHeld(claims, { kind: 'audience', audience: rule.audience });
  }

  private async ifHeld(claims: TokenClaims, grant: RoomGrant): Promise<RoomDecision> {
    return (await this.holds(claims, grant)) ? { grant } : FORBIDDEN;
  }
}

const isAllowed = (actor: Actor, grant: Exclude<RoomGrant, { kind: 'own' }>): boolean => {
  if (grant.kind === 'member') {
    const { merchantId, organizerId } = grant;
    return (
      (merchantId !== null && actor.merchantIds.includes(merchantId)) ||
      (organizerId !== null && actor.organizerIds.includes(organizerId))
    );
  }
  if (grant.audience === 'users') return true;
  if (grant.audience === 'operators') return actor.isOperator;
  return actor.isAdmin || actor.roles.some((role) => role.identifier === grant.audience);
};
