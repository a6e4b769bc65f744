import type { OperationKind } from './operation-kind';

/** What one code of a provider means for what we do next. */
export interface ErrorCodeRule {
  /** The provider has decided; without it the outcome is UNKNOWN and only evidence ends it. */
  readonly final: boolean;
  /** The same provider may be tried again. */
  readonly retry: boolean;
  /** Another provider may be tried instead. */
  readonly fallbackAllowed: boolean;
  readonly meaning: string;
}

/** A provider's codes per kind of operation. The version stands on every operation that was judged by it. */
export interface ErrorTable {
  readonly version: string;
  readonly codes: Readonly<Partial<Record<OperationKind | 'CALLBACK', Readonly<Record<string, ErrorCodeRule>>>>>;
}

const UNLISTED: ErrorCodeRule = {
  final: false,
  retry: false,
  fallbackAllowed: false,
  meaning: 'The provider sent a code that its documentation does not list.',
};

/** The rule for a code; an unlisted code decides nothing. */
export function ruleFor(table: ErrorTable, kind: OperationKind | 'CALLBACK', code: string): ErrorCodeRule {
  const codes = table.codes[kind];
  return codes !== undefined && Object.hasOwn(codes, code) ? (codes[code] ?? UNLISTED) : UNLISTED;
}
