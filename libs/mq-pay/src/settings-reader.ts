import { ConfigurationError } from './configuration-error';
import type { ConfigurationProblem } from './configuration-error';
import { toPlainAscii } from './plain-text';

/** Limits of one text setting. */
export interface TextRule {
  readonly maximum: number;
  readonly pattern?: RegExp;
  /** Taken when the member is absent; without it the member is required. */
  readonly fallback?: string;
}

/** Characters, before the accents are off. */
const LONGEST_GIVEN_NAME = 200;

/** Reads an object from outside member by member and collects every fault; values never appear in a fault. */
export class SettingsReader {
  private readonly members: Readonly<Record<string, unknown>>;
  private readonly known = new Set<string>();

  constructor(
    value: unknown,
    private readonly pointer: string,
    private readonly problems: ConfigurationProblem[],
  ) {
    const usable = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!usable) this.problems.push({ pointer, detail: 'must be an object' });
    this.members = usable ? { ...value } : {};
  }

  /** Whether the member was given at all; for settings that belong together. */
  has(name: string): boolean {
    return Object.hasOwn(this.members, name) && this.members[name] !== undefined;
  }

  text(name: string, rule: TextRule): string {
    const value = this.take(name);
    if (value === undefined && rule.fallback !== undefined) return rule.fallback;
    if (typeof value !== 'string' || value === '') return this.fault(name, 'must be a text that is not empty');
    if (value.length > rule.maximum) return this.fault(name, `must have at most ${rule.maximum} characters`);
    if (rule.pattern && !rule.pattern.test(value))
      return this.fault(name, 'has characters that the provider does not allow');
    return value;
  }

  /** A name for people, given with its accents and taken without them; the limit counts what is left. */
  plainText(name: string, maximum: number, fallback?: string): string {
    const given = this.text(name, { maximum: LONGEST_GIVEN_NAME, ...(fallback === undefined ? {} : { fallback }) });
    const plain = toPlainAscii(given);
    if (given !== '' && plain === '') return this.fault(name, 'must contain letters');
    if (plain.length > maximum) return this.fault(name, `must have at most ${maximum} characters without accents`);
    return plain;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.take(name);
    if (value === undefined) return fallback;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) this.fault(name, `must be one of ${choices.join(', ')}`);
    return choice ?? fallback;
  }

  /** A whole number within the bounds, both included; the fallback where it is absent or wrong. */
  integer(
    name: string,
    rule: { readonly minimum: number; readonly maximum: number; readonly fallback: number },
  ): number {
    const value = this.take(name);
    if (value === undefined) return rule.fallback;
    if (Number.isSafeInteger(value) && Number(value) >= rule.minimum && Number(value) <= rule.maximum)
      return Number(value);
    this.fault(name, `must be a whole number from ${rule.minimum} to ${rule.maximum}`);
    return rule.fallback;
  }

  /** An absolute http(s) address without user, query and fragment; https unless plain http is allowed. */
  url(name: string, allowHttp: boolean): string {
    const value = this.take(name);
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
    const protocols = allowHttp ? ['https:', 'http:'] : ['https:'];
    if (url === null || !protocols.includes(url.protocol))
      return this.fault(name, `must be an ${protocols.join(' or ')} address`);
    if (url.username !== '' || url.password !== '' || url.hash !== '' || url.search !== '') {
      return this.fault(name, 'must have no user, query or fragment');
    }
    return url.href;
  }

  nested(name: string): SettingsReader {
    return new SettingsReader(this.take(name), `${this.pointer}/${name}`, this.problems);
  }

  /** Reports a fault of one member, for checks that lie beyond this reader. */
  fault(name: string, detail: string): '' {
    this.problems.push({ pointer: `${this.pointer}/${name}`, detail });
    return '';
  }

  /** Call when all members have been read: members that nobody asked for are faults too. */
  refuseOthers(): void {
    for (const name of Object.keys(this.members)) {
      if (!this.known.has(name)) this.fault(name.replaceAll('~', '~0').replaceAll('/', '~1'), 'is not a known setting');
    }
  }

  private take(name: string): unknown {
    this.known.add(name);
    return Object.hasOwn(this.members, name) ? this.members[name] : undefined;
  }
}

/** Throws one error with all faults, if there are any. */
export function throwProblems(problems: readonly ConfigurationProblem[]): void {
  if (problems.length > 0) throw new ConfigurationError(problems);
}
