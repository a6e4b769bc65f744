import type { Migration } from './migrations.mjs';

export interface Suite {
  readonly command: string;
  readonly commit: string;
  readonly endedAt: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failures: readonly string[];
}

export interface Facts {
  readonly version: string;
  readonly commit: string;
  readonly suite: Suite | null;
  readonly migrations: readonly Migration[];
  readonly schema: string;
  readonly accepted: Readonly<Record<string, string>>;
  readonly flags: readonly Flag[];
  readonly approvals: { readonly risk?: string | undefined; readonly ops?: string | undefined };
}

export interface Flag {
  readonly name: string;
  readonly default: boolean;
}

export interface Evidence {
  readonly releaseId: string;
  readonly commit: string;
  readonly schemaVersion: string;
  readonly migration: {
    readonly kind: 'none' | 'expand' | 'contract';
    readonly files: readonly (string | Migration)[];
  };
  readonly tests: object | null;
  readonly rollbackPlan: { readonly to: string; readonly schema: string };
}

export function evidenceOf(facts: Facts): Evidence;
export function lacking(evidence: Evidence): string[];
export function flagsIn(page: string): Flag[];
