import { derivedId } from '../shared/ids';

export interface Role {
  readonly id: string;
  readonly identifier: string;
  readonly priority: number;
}

export type Claims = Readonly<Record<string, unknown>>;

export const PERSONAS = ['owner', 'cashier', 'employee', 'operator', 'admin', 'service', 'outsider'] as const;
export type PersonaName = (typeof PERSONAS)[number];

const ROLE_OF: Record<PersonaName, string> = {
  owner: '500_owner',
  cashier: '110_cashier',
  employee: '100_employee',
  operator: '600_operator',
  admin: '900_admin',
  service: '700_service',
  outsider: '500_owner',
};

export interface Persona {
  readonly name: PersonaName;
  readonly userId: string;
  readonly role: Role;
  readonly organizerId: string;
  readonly merchantId: string;
}

/** A role as identity puts it into tokens; the priority is the number in front of its identifier. */
export function roleOf(seed: string, identifier: string): Role {
  return { id: derivedId(seed, `role/${identifier}`), identifier, priority: Number(identifier.slice(0, 3)) };
}

/** The cast: all work for one merchant, the outsider owns another. Ids depend on the seed alone. */
export function personaOf(seed: string, name: PersonaName): Persona {
  const house = name === 'outsider' ? 'outsider' : 'demo';
  return {
    name,
    userId: derivedId(seed, `user/${name}`),
    role: roleOf(seed, ROLE_OF[name]),
    organizerId: derivedId(seed, `organizer/${house}`),
    merchantId: derivedId(seed, `merchant/${house}`),
  };
}

/** What identity would put into this person's token. Operators, admins and siblings belong to no merchant. */
export function claimsOf(persona: Persona): Claims {
  const staff = persona.name === 'operator' || persona.name === 'admin' || persona.name === 'service';
  return {
    userId: persona.userId,
    roles: [persona.role],
    organizerIds: staff ? '' : persona.organizerId,
    merchantIds: staff ? '' : persona.merchantId,
  };
}
