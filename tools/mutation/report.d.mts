interface Count {
  readonly killed: number;
  readonly valid: number;
  readonly score: number;
}
export interface Score extends Count {
  readonly files: readonly (Count & { readonly file: string })[];
}
/** A report of the mutation testing report schema, as far as it is read. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly mutants: readonly object[] }>>;
}
export function scoreOf(report: MutationReport): Score;
export function survivorsOf(report: MutationReport): string[];
export function toMarkdown(results: readonly (Score & { readonly name: string })[], required: number): string;
