import { AppError } from '@nx/contracts';
import { ClockMovedBackError, NotFencedError } from '@nx/snowflake';
import type { NodeLease } from './node-lease';

/** Issues the ids of this process (Base62 snowflakes) under its node-id lease. */
export class IdGenerator {
  constructor(private readonly lease: NodeLease) {}

  /** @throws AppError UNAVAILABLE while the lease is lost or the clock is behind the last id */
  next(): string {
    const generator = this.lease.generator();
    if (!generator) throw unavailable('the node-id lease is not held');
    try {
      return generator.next();
    } catch (error) {
      if (error instanceof NotFencedError || error instanceof ClockMovedBackError) throw unavailable(error.message);
      throw error;
    }
  }
}

function unavailable(operatorDetail: string): AppError {
  return new AppError({
    code: 'service.unavailable',
    detail: 'This instance cannot issue ids at the moment; try again.',
    retryAfterSeconds: 2,
    operatorDetail,
  });
}
