import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { RefusedAddressError } from './outbound-errors';

export interface BreakerSettings {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open before it lets one call through. */
  readonly openMs: number;
  readonly onOpen: () => void;
}

/** Runs `call`, or throws `BrokenCircuitError` without running it. A refused address says nothing about the other side. */
export type Breaker = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * A breaker whose pause is measured on the monotonic clock. The library measures it by the time of day: after a clock
 * that was ahead is mended, nobody would be called for as long as it had been ahead.
 */
export function openBreaker({ failures, openMs, onOpen }: BreakerSettings): Breaker {
  const circuit = circuitBreaker(
    handleWhen((error) => !(error instanceof RefusedAddressError)),
    // Its own pause is always over; the one that counts is `openUntil`.
    { halfOpenAfter: -Infinity, breaker: new ConsecutiveBreaker(failures) },
  );
  let openUntil = -Infinity;
  circuit.onBreak(() => {
    openUntil = performance.now() + openMs;
    onOpen();
  });
  return async (call) => {
    if (performance.now() < openUntil) throw new BrokenCircuitError();
    return circuit.execute(call);
  };
}
