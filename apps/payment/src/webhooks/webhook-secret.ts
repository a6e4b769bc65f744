import type { Aad } from '@nx/crypto';

/** Where a sealed webhook secret belongs. */
export const secretAad = (rowId: string): Aad => ({ table: 'WebhookConfig', column: 'secret', rowId });
