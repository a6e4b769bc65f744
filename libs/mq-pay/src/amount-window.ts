/** The amounts one attempt may have, in minor units, both ends included. */
export interface AmountWindow {
  readonly currency: string;
  readonly minimumMinor: bigint;
  readonly maximumMinor: bigint;
}

/** Whether an amount fits, and if not, which end it misses and where that end is. */
export type AmountCheck =
  | { readonly fits: true }
  | { readonly fits: false; readonly problem: 'CURRENCY'; readonly currency: string }
  | { readonly fits: false; readonly problem: 'TOO_LITTLE' | 'TOO_MUCH'; readonly limitMinor: bigint };

/** Compares an amount (minor units) with a window. Pure, throws nothing. */
export function checkAmount(window: AmountWindow, amountMinor: bigint, currency: string): AmountCheck {
  if (currency !== window.currency) return { fits: false, problem: 'CURRENCY', currency: window.currency };
  if (amountMinor < window.minimumMinor) {
    return { fits: false, problem: 'TOO_LITTLE', limitMinor: window.minimumMinor };
  }
  if (amountMinor > window.maximumMinor) return { fits: false, problem: 'TOO_MUCH', limitMinor: window.maximumMinor };
  return { fits: true };
}
