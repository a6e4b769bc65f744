import type { Logger } from '@nx/observability';
import { isInfrastructureError } from '@nx/persistence';

/**
 * Does a piece of work for each item, one after the other. One that fails is written down and does not keep the others
 * from their turn. Throws errors of the infrastructure: the others would meet them too.
 */
export async function forEachAlone<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<unknown>,
  { logger, complaint, about }: { logger: Logger; complaint: string; about: (item: T) => object },
): Promise<void> {
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      if (isInfrastructureError(error)) throw error;
      logger.error(complaint, { ...about(item), error });
    }
  }
}
