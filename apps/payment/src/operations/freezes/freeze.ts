/**
 * What operators can stop. ALL: every command of a provider that moves money; what a person books by evidence is none,
 * and is needed most while a provider is stopped.
 */
export const FREEZE_OPERATIONS = [
  'PAYMENT_CREATE',
  'CONFIRM',
  'CAPTURE',
  'REFUND',
  'PAYOUT',
  'SETTLEMENT',
  'ADJUSTMENT',
  'ALL',
] as const;
export type FreezeOperation = (typeof FREEZE_OPERATIONS)[number];

/** What each of them stops, in words; nothing where this release has no such operation yet. */
export const STOPPED_BY: Readonly<Record<FreezeOperation, readonly string[]>> = {
  PAYMENT_CREATE: ['checkout: new payments and further attempts'],
  CONFIRM: ['checkout: giving the buyer a code, an address or a receipt to pay with, again after a crash too'],
  CAPTURE: [],
  REFUND: ['opening, trying again and sending refunds', 'giving money in suspense back, by itself or by a person'],
  PAYOUT: [],
  SETTLEMENT: [],
  ADJUSTMENT: [
    'resolve-stuck-transaction',
    'reverse-payment',
    'suspense match and suspense accept',
    'transaction unblock',
  ],
  ALL: ['PAYMENT_CREATE, CONFIRM and REFUND of the provider'],
};

export const FREEZE_SCOPES = ['global', 'organizer', 'merchant', 'provider'] as const;
export type FreezeScope = (typeof FREEZE_SCOPES)[number];

/** A freeze as far as it decides. Instants in ms. */
export interface Freeze {
  readonly id: string;
  readonly scopeType: FreezeScope;
  readonly scopeValue: string | null;
  readonly operation: FreezeOperation;
  readonly ticket: string;
  readonly expiresAt: number | null;
}

/** Something that is about to be done. */
export interface FreezeSubject {
  readonly operation: Exclude<FreezeOperation, 'ALL'>;
  readonly provider: string;
  readonly merchantId: string;
  readonly organizerId: string | null;
}

const isInScope = ({ scopeType, scopeValue }: Freeze, subject: FreezeSubject): boolean => {
  switch (scopeType) {
    case 'global':
      return true;
    case 'organizer':
      return scopeValue === subject.organizerId;
    case 'merchant':
      return scopeValue === subject.merchantId;
    case 'provider':
      return scopeValue === subject.provider;
  }
};

/** Whether it still holds at `now` (ms). */
export const isHolding = ({ expiresAt }: Freeze, now: number): boolean => expiresAt === null || now < expiresAt;

/** The first freeze that stops the subject at `now` (ms). */
export const freezeOf = (freezes: readonly Freeze[], subject: FreezeSubject, now: number): Freeze | undefined =>
  freezes.find(
    (freeze) =>
      (freeze.operation === subject.operation || (freeze.operation === 'ALL' && subject.operation !== 'ADJUSTMENT')) &&
      isHolding(freeze, now) &&
      isInScope(freeze, subject),
  );

/** `REFUND global`, `ALL provider VNPAY_QR_MMS (INC-7)`: for people. */
export const freezeText = ({ operation, scopeType, scopeValue, ticket }: Freeze): string =>
  `${operation} ${scopeType}${scopeValue === null ? '' : ` ${scopeValue}`} (${ticket})`;
