/** A Kubernetes object as a manifest has it. Rules look freely into it by `at`. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** File below the repository that the object comes from. */
  readonly file: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What is wrong with a manifest: one clear sentence, made of these. */
export interface Complaint {
  readonly rule: string;
  readonly stage: string;
  readonly file: string;
  /** `Deployment payment-api`. */
  readonly object: string;
  readonly field: string;
  readonly problem: string;
  readonly remedy: string;
}

export const nameOf = ({ kind, metadata }: ManifestObject): string => `${kind} ${metadata.name}`;

export const sentenceOf = ({ file, object, field, problem, remedy }: Complaint): string =>
  `${file}: ${object}, ${field}: ${problem}; ${remedy}`;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path like `spec.template.spec.containers.0.image`, undefined where it ends early. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, step) => {
    if (Array.isArray(inner)) return (inner as unknown[])[Number(step)];
    return isRecord(inner) ? inner[step] : undefined;
  }, value);
}

export const listAt = (value: unknown, path: string): readonly unknown[] => {
  const found = at(value, path);
  return Array.isArray(found) ? (found as unknown[]) : [];
};

export const textAt = (value: unknown, path: string): string | undefined => {
  const found = at(value, path);
  return typeof found === 'string' ? found : undefined;
};

export const numberAt = (value: unknown, path: string): number | undefined => {
  const found = at(value, path);
  return typeof found === 'number' ? found : undefined;
};

/** A map of texts, as labels and selectors are; members that are no texts are left out. */
export const labelsAt = (value: unknown, path: string): Readonly<Record<string, string>> => {
  const found = at(value, path);
  if (!isRecord(found)) return {};
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
};

/** Whether labels satisfy a selector of equalities; the empty one selects everything. */
export const selects = (
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean => Object.entries(selector).every(([name, value]) => labels[name] === value);
