/** What stands in the tables about one payment, as `why` reads it. Amounts in minor units, instants in ms. */
export interface PaymentSnapshot {
  readonly transaction: {
    readonly id: string;
    readonly uid: string;
    readonly merchantId: string;
    readonly sourceType: string;
    readonly sourceId: string;
    readonly status: string;
    readonly blockedFrom: string | null;
    readonly total: bigint;
    readonly paid: bigint;
    readonly openAmount: bigint;
    readonly refunded: bigint;
    readonly refundReserved: bigint;
    readonly chargedBack: bigint;
    readonly currency: string;
  };
  readonly attempts: readonly AttemptSnapshot[];
  readonly operations: readonly OperationSnapshot[];
  readonly callbacks: readonly CallbackSnapshot[];
  readonly findings: readonly FindingSnapshot[];
  readonly suspense: readonly SuspenseSnapshot[];
  readonly refunds: readonly RefundSnapshot[];
  /** Those that are not decided. */
  readonly chargebacks: readonly ChargebackSnapshot[];
  /** Freezes that hold now for the merchant, its organizer or a provider of the attempts. */
  readonly freezes: readonly FreezeSnapshot[];
  readonly deliveries: readonly DeliverySnapshot[];
  /** Events that a way out has not taken yet. */
  readonly waiting: readonly WaitingEventSnapshot[];
  /** The last that was told of each invoice of the sale. */
  readonly invoices: readonly InvoiceSnapshot[];
}

export interface AttemptSnapshot {
  readonly id: string;
  readonly uid: string;
  readonly type: string;
  readonly provider: string;
  readonly status: string;
  readonly reason: string | null;
  readonly amount: bigint;
  readonly applied: bigint;
  /** What of that the provider took back. */
  readonly reversed: bigint;
  readonly providerReference: string | null;
  readonly paidAt: number | null;
  readonly expiresAt: number;
  readonly nextQueryAt: number | null;
  readonly createLostAt: number | null;
}

export interface OperationSnapshot {
  readonly attemptId: string;
  readonly kind: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly outcome: string | null;
  readonly providerCode: string | null;
}

export interface CallbackSnapshot {
  readonly attemptId: string | null;
  readonly answer: string;
  readonly receivedAt: number;
  readonly processedAt: number | null;
  readonly nextTryAt: number | null;
  readonly tries: number;
  readonly lastError: string | null;
}

export interface FindingSnapshot {
  readonly id: string;
  readonly code: string;
  readonly detail: string;
  readonly owner: string | null;
  readonly createdAt: number;
}

export interface RefundSnapshot {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly amount: bigint;
  readonly toBeConfirmed: boolean;
  /** Of the last try. */
  readonly tryUid: string | null;
  readonly reason: string | null;
  readonly nextLookAt: number | null;
}

export interface ChargebackSnapshot {
  readonly reference: string;
  readonly status: string;
  readonly amount: bigint;
  readonly dueAt: number | null;
}

export interface FreezeSnapshot {
  readonly operation: string;
  /** `merchant m1`, or `everything`. */
  readonly scope: string;
  readonly reason: string;
  readonly expiresAt: number | null;
}

export interface SuspenseSnapshot {
  readonly id: string;
  readonly autoRefundAt: number | null;
  readonly attemptId: string | null;
  readonly providerReference: string;
  readonly amount: bigint;
  readonly left: bigint;
  readonly reason: string;
}

export interface WaitingEventSnapshot {
  readonly eventType: string;
  readonly createdAt: number;
  readonly routes: readonly string[];
}

export interface InvoiceSnapshot {
  readonly id: string;
  readonly origin: string;
  readonly status: string;
  readonly form: string;
  readonly symbol: string;
  readonly number: string | null;
  readonly date: string | null;
  readonly total: bigint;
  readonly currency: string;
  readonly issuanceMode: string | null;
  readonly reason: string | null;
  readonly waitsFor: readonly string[];
  readonly dueAt: number | null;
  readonly at: number;
}

export interface DeliverySnapshot {
  readonly id: string;
  readonly subscriber: string;
  readonly subscriberActive: boolean;
  readonly eventType: string;
  readonly sequence: number;
  readonly status: string;
  readonly tries: number;
  readonly nextTryAt: number | null;
  readonly lastError: string | null;
  readonly death: string | null;
}
