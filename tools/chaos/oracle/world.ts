/** What the providers, the vendor and sale say: the sandbox's record of the truth. Amounts are đồng. */
export interface Truth {
  /** Money that buyers' banks took. */
  readonly charges: readonly Charge[];
  /** Money that went back to them. */
  readonly refunds: readonly TruthRefund[];
  readonly invoices: readonly IssuedInvoice[];
  readonly orders: readonly Order[];
  /** What commerce says of each merchant's taxes. */
  readonly taxes: readonly Taxes[];
}

export interface Taxes {
  readonly merchant: string;
  readonly address: string | null;
}

export interface Charge {
  readonly provider: string;
  /** The provider's number of the payment. */
  readonly reference: string;
  readonly amount: number;
}

export interface TruthRefund {
  readonly provider: string;
  /** The payment whose money went back. */
  readonly reference: string;
  readonly amount: number;
  /** False while the provider works on it. */
  readonly done: boolean;
}

export interface IssuedInvoice {
  readonly providerKey: string;
  /** Tax code and symbol. */
  readonly series: string;
  readonly number: number;
  readonly total: number;
}

export interface Order {
  readonly id: string;
  readonly status: string;
  readonly total: number;
  readonly hasChannel: boolean;
  /** What sale complains about. */
  readonly findings: readonly string[];
}

/** What our services have stored. Times are epoch ms. */
export interface Records {
  readonly transactions: readonly TransactionRow[];
  readonly attempts: readonly AttemptRow[];
  readonly suspense: readonly SuspenseRow[];
  readonly refunds: readonly RefundRow[];
  readonly journals: readonly JournalRow[];
  readonly invoices: readonly InvoiceRow[];
  readonly notifications: readonly NotificationRow[];
  /** Last sequence and number of rows of each recipient's inbox. */
  readonly inboxes: readonly { readonly recipient: string; readonly lastSequence: number; readonly rows: number }[];
  readonly taxes: readonly Taxes[];
  /** Work that is not done, by what it is. */
  readonly pending: readonly { readonly what: string; readonly count: number; readonly example: string }[];
}

export interface TransactionRow {
  readonly id: string;
  readonly orderId: string;
  readonly status: string;
  readonly total: number;
  readonly paid: number;
  readonly openAmount: number;
  readonly refunded: number;
  readonly refundReserved: number;
  readonly chargedBack: number;
  readonly settled: boolean;
}

export interface AttemptRow {
  readonly id: string;
  readonly uid: string;
  readonly transactionId: string;
  readonly type: string;
  readonly provider: string;
  readonly status: string;
  readonly amount: number;
  readonly applied: number;
  readonly refunded: number;
  readonly refundReserved: number;
  readonly reference: string | null;
  readonly expiresAt: number;
}

export interface SuspenseRow {
  readonly id: string;
  readonly provider: string;
  readonly reference: string;
  readonly amount: number;
  readonly accepted: number;
  readonly reversed: number;
  readonly refunded: number;
}

export interface RefundRow {
  readonly id: string;
  readonly transactionId: string;
  readonly provider: string;
  /** The provider's number of the payment that goes back. */
  readonly reference: string | null;
  readonly suspenseItemId: string | null;
  readonly amount: number;
  readonly status: string;
}

export interface EntryRow {
  readonly account: string;
  readonly provider: string | null;
  /** Debits are positive. */
  readonly amount: number;
}

export interface JournalRow {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly transactionId: string | null;
  readonly entries: readonly EntryRow[];
}

export interface InvoiceRow {
  readonly id: string;
  readonly orderId: string;
  readonly origin: string;
  readonly status: string;
  readonly providerKey: string | null;
  readonly number: string | null;
  readonly total: number;
}

export interface NotificationRow {
  readonly type: string;
  readonly recipient: string;
  readonly eventId: string;
  /** The transaction or invoice that it tells of. */
  readonly subject: string;
}

/** Everything that the oracle looks at. */
export interface World {
  readonly truth: Truth;
  readonly records: Records;
  /** Users who must be told of each settled sale. */
  readonly recipients: readonly string[];
  /** When it was read, epoch ms. */
  readonly at: number;
}
