import { AppError, type Clock, type Permission } from '@nx/contracts';
import type { Logger } from '@nx/observability';
import { abilityIn, allows, type Ability } from './ability';
import type { Actor } from './actor';
import type { TokenClaims } from './claims';
import { heldRoles, isAdmin, isOperator, isService, membershipOf, type HeldRole } from './membership';
import type { PolicyRows, RoleGrant, UserEdge } from './policy-rows';

/** How long what was read from the table is used when no change is seen. */
const CACHE_MS = 60_000;
/** Users kept; a flood of users must not become a flood of memory. */
const CACHE_SIZE = 20_000;
export const MERCHANT_HEADER = 'x-merchant-id';
export const ORGANIZER_HEADER = 'x-organizer-id';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Everything known about the user of one token. */
interface Subject {
  readonly roles: readonly HeldRole[];
  readonly edges: readonly UserEdge[];
  readonly grants: readonly RoleGrant[];
  readonly merchants: ReadonlySet<string>;
  readonly organizers: ReadonlySet<string>;
  readonly abilities: Map<string | null, Ability>;
}

interface Cached<T> {
  readonly value: Promise<T>;
  readonly untilMs: number;
}

/** The members of a token that decide; two tokens of one user may differ in all of them. */
const cacheKey = (claims: TokenClaims): string =>
  [
    claims.userId,
    claims.issuedAtSeconds,
    claims.roles.map((role) => `${role.id}|${role.identifier}`),
    claims.merchantIds,
    claims.organizerIds,
  ].join('\n');

/** A header that must stand once; Node joins repetitions with a comma. */
const headerOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  if (value === undefined || value === '') return undefined;
  if (Array.isArray(value) || value.includes(',')) {
    throw new AppError({ code: 'auth.merchant_ambiguous', detail: `Send the header ${name} exactly once.` });
  }
  return value.trim();
};

/** Decides who may do what, and where. Abilities are cached per (user, merchant) and dropped on any change of policy. */
export class AccessControl {
  private subjects = new Map<string, Cached<Subject>>();
  private grants: Cached<RoleGrant[]> | undefined;
  private readonly claimsOf = new WeakMap<Actor, TokenClaims>();
  private readonly listeners = new Set<() => void>();
  private mark: string | undefined;

  constructor(
    private readonly rows: PolicyRows,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * The actor of a verified token. Throws `auth.merchant_foreign` (403) when a header names a merchant that is not
   * the user's, and `auth.merchant_ambiguous` (400) when it names several.
   */
  async actorOf(claims: TokenClaims, headers: Headers): Promise<Actor> {
    const subject = await this.subjectOf(claims);
    const service = isService(subject.roles);
    const admin = isAdmin(subject.roles);
    const actor: Actor = {
      userId: claims.userId,
      roles: subject.roles.map(({ id, identifier, priority }) => ({ id, identifier, priority })),
      merchantId: activeMerchant(headers, subject.merchants, service || admin),
      organizerId: activeOrganizer(headers, claims, subject.organizers),
      merchantIds: [...subject.merchants],
      organizerIds: [...subject.organizers],
      isOperator: isOperator(subject.roles),
      isAdmin: admin,
      isService: service,
      isPod: false,
    };
    this.claimsOf.set(actor, claims);
    return actor;
  }

  /**
   * Whether an actor holds a permission in a merchant (his active one when it is left out; `null` asks for the
   * platform as a whole). An actor that was not made by `actorOf` holds none.
   */
  async can(actor: Actor, permission: Permission, merchantId: string | null = actor.merchantId): Promise<boolean> {
    const claims = this.claimsOf.get(actor);
    if (claims === undefined) return false;
    return allows(abilityOf(await this.subjectOf(claims), merchantId), permission);
  }

  /** Whether an actor holds a permission in the merchant that is active, else on the platform or in any of his merchants. */
  async canAnywhere(actor: Actor, permission: Permission): Promise<boolean> {
    if (actor.merchantId !== null) return this.can(actor, permission);
    for (const merchantId of [null, ...actor.merchantIds]) {
      if (await this.can(actor, permission, merchantId)) return true;
    }
    return false;
  }

  async merchantsOf(claims: TokenClaims): Promise<Set<string>> {
    return new Set((await this.subjectOf(claims)).merchants);
  }

  async organizersOf(claims: TokenClaims): Promise<Set<string>> {
    return new Set((await this.subjectOf(claims)).organizers);
  }

  /**
   * Reads what is known about the users of many tokens in one query; `actorOf` then finds it for a while. For at most
   * some thousands at once. Throws when the table cannot be read.
   */
  async preload(tokens: readonly TokenClaims[]): Promise<void> {
    const cache = this.subjects;
    const now = this.clock.now();
    const missing = new Map<string, TokenClaims>();
    for (const claims of tokens) {
      const key = cacheKey(claims);
      if ((cache.get(key)?.untilMs ?? 0) <= now) missing.set(key, claims);
    }
    if (missing.size === 0) return;
    const userIds = new Set([...missing.values()].map(({ userId }) => userId));
    const [edges, grants] = await Promise.all([this.rows.edgesOf([...userIds]), this.roleGrants()]);
    if (cache.size + missing.size > CACHE_SIZE) cache.clear();
    for (const [key, claims] of missing) {
      const value = Promise.resolve(subjectOf(claims, edges.get(claims.userId) ?? [], grants));
      cache.set(key, { value, untilMs: now + CACHE_MS });
    }
  }

  /** Users with a live membership edge; asks the table each time. */
  async membersOfMerchant(merchantId: string): Promise<string[]> {
    return this.rows.members('Merchant', merchantId);
  }

  async membersOfOrganizer(organizerId: string): Promise<string[]> {
    return this.rows.members('Organizer', organizerId);
  }

  /** Calls `listener` after each change of policy, when the caches are already empty. Returns how to stop it. */
  onEpochChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Looks whether a policy changed since the last look; the poll calls it. Throws when the table cannot be read. */
  async look(): Promise<void> {
    const mark = await this.rows.mark();
    if (mark === this.mark) return;
    const first = this.mark === undefined;
    this.mark = mark;
    // New maps, so that a read that began before the change cannot land in them.
    this.subjects = new Map();
    this.grants = undefined;
    if (first) return;
    for (const listener of this.listeners) {
      try {
        listener();
      } catch (error) {
        this.logger.error('listener of policy changes failed', { error });
      }
    }
  }

  private subjectOf(claims: TokenClaims): Promise<Subject> {
    const key = cacheKey(claims);
    const cache = this.subjects;
    const now = this.clock.now();
    const known = cache.get(key);
    if (known !== undefined && known.untilMs > now) return known.value;
    if (cache.size >= CACHE_SIZE) cache.clear();
    const value = this.loadSubject(claims);
    cache.set(key, { value, untilMs: now + CACHE_MS });
    // A failed read is not remembered.
    value.catch(() => cache.delete(key));
    return value;
  }

  private async loadSubject(claims: TokenClaims): Promise<Subject> {
    const [edges, grants] = await Promise.all([this.rows.edgesOf([claims.userId]), this.roleGrants()]);
    return subjectOf(claims, edges.get(claims.userId) ?? [], grants);
  }

  private roleGrants(): Promise<RoleGrant[]> {
    const now = this.clock.now();
    if (this.grants !== undefined && this.grants.untilMs > now) return this.grants.value;
    const cached = { value: this.rows.roleGrants(), untilMs: now + CACHE_MS };
    this.grants = cached;
    cached.value.catch(() => {
      if (this.grants === cached) this.grants = undefined;
    });
    return cached.value;
  }
}

const subjectOf = (claims: TokenClaims, edges: readonly UserEdge[], grants: readonly RoleGrant[]): Subject => ({
  edges,
  grants,
  roles: heldRoles(claims, edges),
  merchants: membershipOf('Merchant', claims, edges),
  organizers: membershipOf('Organizer', claims, edges),
  abilities: new Map(),
});

const abilityOf = (subject: Subject, merchantId: string | null): Ability => {
  const known = subject.abilities.get(merchantId);
  if (known !== undefined) return known;
  const ability = abilityIn(merchantId, { ...subject, members: subject.merchants });
  // A service may name any merchant: what it names must not fill the memory.
  if (subject.abilities.size < 1000) subject.abilities.set(merchantId, ability);
  return ability;
};

const activeMerchant = (headers: Headers, merchants: ReadonlySet<string>, anyMerchant: boolean): string | null => {
  const named = headerOf(headers, MERCHANT_HEADER);
  if (named !== undefined) {
    if (anyMerchant || merchants.has(named)) return named;
    throw new AppError({
      code: 'auth.merchant_foreign',
      detail: `The merchant in ${MERCHANT_HEADER} is not one of yours.`,
    });
  }
  const [only, second] = merchants;
  return second === undefined ? (only ?? null) : null;
};

const activeOrganizer = (headers: Headers, claims: TokenClaims, organizers: ReadonlySet<string>): string | null => {
  const [only, second] = claims.organizerIds;
  if (only !== undefined && second === undefined && organizers.has(only)) return only;
  const named = headerOf(headers, ORGANIZER_HEADER);
  if (named === undefined) return null;
  if (organizers.has(named)) return named;
  throw new AppError({ code: 'auth.forbidden', detail: `The organizer in ${ORGANIZER_HEADER} is not one of yours.` });
};
