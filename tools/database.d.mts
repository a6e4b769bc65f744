/** Names of the owner and the runtime role of one service. */
export interface ServiceRoles {
  readonly owner: string;
  readonly runtime: string;
}

export interface RoleNames {
  readonly payment: ServiceRoles;
  readonly invoice: ServiceRoles;
  readonly signal: ServiceRoles;
  readonly shared: string;
  readonly operator: string;
  readonly sandbox: string;
}

export interface CreateDatabaseOptions {
  /** Default `nx_seller`. */
  database?: string;
  /** Default: `derivedPassword`. Must give the same answer for everybody who uses the server. */
  passwordFor?: (role: string) => string;
  /** Default `nx_`. */
  rolePrefix?: string;
}

export interface CreatedDatabase {
  readonly database: string;
  readonly roles: RoleNames;
  /** Connection URL of a role (full name, such as `nx_payment`). */
  urlFor(role: string): string;
}

export function createDatabase(adminUrl: string, options?: CreateDatabaseOptions): Promise<CreatedDatabase>;
export function dropDatabase(adminUrl: string, database: string): Promise<void>;
export function derivedPassword(adminUrl: string, role: string): string;
export function roleUrl(adminUrl: string, database: string, role: string, password?: string): string;
export function roleNames(rolePrefix?: string): RoleNames;
