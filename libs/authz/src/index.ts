export { AccessControl, MERCHANT_HEADER, ORGANIZER_HEADER } from './access-control';
export { CurrentActor, type Actor, type ActorRequest } from './actor';
export { AuthzModule, type AuthzOptions } from './authz.module';
export type { RoleClaim, TokenClaims } from './claims';
export { activeMerchant, type MerchantActor } from './merchant-actor';
export { Policy, Public, SelfScoped, type PolicyScope, type RoutePolicy } from './policy';
export { routesOf, type RouteDescription } from './routes-of';
export { seedPermissions, type SeedTarget } from './seed-permissions';
export { TokenVerifier } from './token-verifier';
