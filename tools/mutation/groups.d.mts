export const GROUPS: Readonly<
  Record<string, { readonly mutate: readonly string[]; readonly tests: readonly string[] }>
>;
export const REQUIRED_SCORE: number;
