import type { Logger } from '@nx/observability';
import type { SkipReason } from './compare-merchant';
import type { MerchantNews } from './merchant-change';

/** A record that says nothing new, in the words that operators look for. */
export const tellSkipped = (logger: Logger, { op, merchantId }: MerchantNews, why: SkipReason): void =>
  logger.info(`[handleMerchantCDC] op=${op} ${why}, SKIP`, { merchant: merchantId });
