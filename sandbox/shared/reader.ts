import { SandboxError } from './errors';

/**
 * Reads members of an untrusted JSON object and says in one sentence what is wrong with which member.
 * Throws SandboxError 422.
 */
export class Reader {
  private readonly members: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly path = '',
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new SandboxError(422, `${path === '' ? 'the body' : path} must be a JSON object`);
    }
    this.members = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.members[name] !== undefined && this.members[name] !== null;
  }

  raw(name: string): unknown {
    return this.members[name];
  }

  names(): string[] {
    return Object.keys(this.members);
  }

  text(name: string): string {
    const value = this.members[name];
    if (typeof value !== 'string' || value === '') throw this.wrong(name, 'must be a non-empty text');
    return value;
  }

  /** A text that may be empty, absent or null. */
  optionalText(name: string): string | undefined {
    if (!this.has(name)) return undefined;
    const value = this.members[name];
    if (typeof value !== 'string') throw this.wrong(name, 'must be a text');
    return value;
  }

  /** A safe integer, given as a number or as decimal digits. */
  integer(name: string): number {
    const value = this.members[name];
    const parsed = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
    if (typeof parsed !== 'number' || !Number.isSafeInteger(parsed)) throw this.wrong(name, 'must be a whole number');
    return parsed;
  }

  optionalInteger(name: string): number | undefined {
    return this.has(name) ? this.integer(name) : undefined;
  }

  number(name: string): number {
    const value = this.members[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.wrong(name, 'must be a number');
    return value;
  }

  optionalNumber(name: string): number | undefined {
    return this.has(name) ? this.number(name) : undefined;
  }

  flag(name: string): boolean {
    const value = this.members[name];
    if (value === undefined || value === null) return false;
    if (typeof value !== 'boolean') throw this.wrong(name, 'must be true or false');
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const found = allowed.find((candidate) => candidate === this.members[name]);
    if (found === undefined) throw this.wrong(name, `must be one of ${allowed.join(', ')}`);
    return found;
  }

  optionalOneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    return this.has(name) ? this.oneOf(name, allowed) : undefined;
  }

  object(name: string): Reader {
    return new Reader(this.members[name], this.pointer(name));
  }

  optionalObject(name: string): Record<string, unknown> | undefined {
    if (!this.has(name)) return undefined;
    this.object(name);
    return this.members[name] as Record<string, unknown>;
  }

  list(name: string): unknown[] {
    const value = this.members[name];
    if (!Array.isArray(value)) throw this.wrong(name, 'must be a list');
    return value;
  }

  /** A list of texts, or one comma separated text; absent gives undefined. */
  optionalTexts(name: string): string[] | undefined {
    if (!this.has(name)) return undefined;
    const value = this.members[name];
    if (typeof value === 'string') return value.split(',').filter((part) => part !== '');
    const list = this.list(name);
    return list.map((item) => {
      if (typeof item !== 'string') throw this.wrong(name, 'must hold texts only');
      return item;
    });
  }

  wrong(name: string, rule: string): SandboxError {
    return new SandboxError(422, `${this.pointer(name)} ${rule}`);
  }

  private pointer(name: string): string {
    return `${this.path}/${name}`;
  }
}
