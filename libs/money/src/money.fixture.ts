import fc from 'fast-check';
import { MoneyError } from './money-error';

/** Any amount that a ledger could hold, and beyond. */
export const anyMinor = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });

/** An amount that our API may carry. */
export const safeMinor = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) });

/** What the action is refused with: `reason: message`, or what else it threw; undefined when it went through. */
export function refusalOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return error instanceof MoneyError
      ? `${error.name} ${error.reason}: ${error.message}`
      : `foreign: ${String(error)}`;
  }
  return undefined;
}

/** The reason alone. */
export function reasonOf(action: () => unknown): string | undefined {
  return /^MoneyError (\w+): ./.exec(refusalOf(action) ?? '')?.[1] ?? refusalOf(action);
}
