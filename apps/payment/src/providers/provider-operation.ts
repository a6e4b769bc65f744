import type { OperationKind, OperationOutcome, ProviderCode } from '@nx/mq-pay';

/** A provider command that is about to be sent. The row is there before the first byte leaves. */
export interface StartedOperation {
  readonly id: string;
  readonly attemptId: string;
  readonly transactionId: string;
  readonly merchantId: string;
  readonly provider: ProviderCode;
  readonly kind: OperationKind;
  readonly credentialId: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly requestId: string | null;
  /** The lease under which the call is made; null for calls that may be repeated at will. */
  readonly fencingToken: string | null;
}

/** What the command came to, with the sealed exchange as evidence. */
export interface OperationCompletion {
  readonly id: string;
  readonly finishedAt: number;
  readonly durationMs: number;
  readonly outcome: OperationOutcome;
  readonly providerCode: string | null;
  readonly codeTableVersion: string | null;
  readonly requestFingerprint: string | null;
  readonly credentialKeyId: string | null;
  readonly requestSealed: string | null;
  readonly responseSealed: string | null;
  /** The lease under which it is finished: the caller's, or of whoever gives the call up. Null for calls without one. */
  readonly fencingToken: string | null;
}
