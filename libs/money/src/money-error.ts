/** Why an amount was refused. Stable keys: edges translate them into the 422 of their own API. */
export type MoneyErrorReason =
  | 'not_a_number'
  | 'fraction'
  | 'negative'
  | 'out_of_range'
  | 'unknown_currency'
  | 'currency_mismatch'
  | 'bad_weights'
  | 'division_by_zero';

/** An amount, a currency or a computation on them that cannot be what the caller meant. */
export class MoneyError extends Error {
  override readonly name = 'MoneyError';

  constructor(
    readonly reason: MoneyErrorReason,
    message: string,
  ) {
    super(message);
  }
}
