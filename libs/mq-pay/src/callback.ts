/** A provider's callback as it came in: the body's text untouched, header names lower case. */
export interface RawCallback {
  readonly body: string;
  /** Without the question mark; empty for a POST with a body. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The callback cannot be read at all, so nothing in it can be verified. */
export class MalformedCallbackError extends Error {
  override readonly name = 'MalformedCallbackError';

  constructor(
    message: string,
    /** The member at fault, as the provider spells it; empty for the message as a whole. */
    readonly field = '',
  ) {
    super(message);
  }
}

/** The business content of a callback. Nothing of it may be believed before `verifyCallback` said which secret signed it. */
export interface ParsedCallback {
  /** Lower-case hex SHA-256 of the signed string without its secret: the key against repetition. */
  readonly eventKey: string;
  /** The merchant that the callback names (merchantCode, TmnCode). */
  readonly lookupKey: string;
  readonly attemptUid: string;
  readonly providerReference: string;
  readonly amountMinor: bigint;
  /** Null when the provider gave none that can be read. */
  readonly paidAtMs: number | null;
  readonly bankCode: string | null;
  /** The buyer's money was taken. */
  readonly success: boolean;
  /**
   * What a callback without success says; absent = DECLINED. IN_DOUBT and REVERSED are for codes that have no meaning
   * for money yet (gateway 07, status 01 and 04).
   */
  readonly failure?: 'DECLINED' | 'IN_DOUBT' | 'REVERSED';
  /** The end that the signed code itself proves; absent where the attempt can still be paid (QR-MMS). */
  readonly finalStatus?: '500_FAIL' | '501_EXPIRED' | '505_CANCELLED';
  readonly code: string;
  /** For people; not covered by a signature. */
  readonly message: string | null;
  /** Not covered by a signature: for display, never for a decision. */
  readonly untrustedTerminal: string | null;
}

/** What the edge found out before it answers. */
export type CallbackAnswerKind =
  /** Stored and about to be applied. */
  | 'APPLIED'
  /** A payment that failed, or another message without money: stored. */
  | 'NOTED'
  /** The attempt has already been paid and applied. */
  | 'DUPLICATE'
  | 'WRONG_AMOUNT'
  | 'UNKNOWN_REFERENCE'
  | 'BAD_SIGNATURE'
  /** A success after the attempt's end: stored, the money goes to suspense. */
  | 'LATE'
  /** It could not be stored: the provider has to come again. */
  | 'UNAVAILABLE'
  | 'MALFORMED'
  | 'ADDRESS_REFUSED';

export interface CallbackAnswerContext {
  readonly attemptUid?: string;
  /** The amount that was asked for; told to the provider when it took another. */
  readonly expectedAmountMinor?: bigint;
}

export interface CallbackAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A provider's way of telling us; pure functions over what came in. */
export interface CallbackProtocol {
  /** Reads without verifying. Throws `MalformedCallbackError`. */
  parseCallback(raw: RawCallback): ParsedCallback;
  /** Index of the secret that verifies, else null. Compares in constant time and tries every secret. */
  verifyCallback(raw: RawCallback, secrets: readonly string[]): number | null;
  /** The answer in the provider's own format. */
  answerCallback(kind: CallbackAnswerKind, context: CallbackAnswerContext): CallbackAnswer;
}
