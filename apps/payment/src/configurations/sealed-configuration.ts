import type { Aad } from '@nx/crypto';

const TABLE = 'Configuration';

/** Where the sealed columns of a Configuration belong: a ciphertext moved to another row does not open. */
export const valueAad = (rowId: string): Aad => ({ table: TABLE, column: 't_value', rowId });
export const credentialAad = (rowId: string): Aad => ({ table: TABLE, column: 'credential', rowId });

/** Name and help of the counter behind the alert `PaymentEncryptionMismatch`. */
export const DECRYPT_FAILURES = [
  'payment_decrypt_failures_total',
  'Ciphertexts that no key of the ring opens',
] as const;

/** The only group of connections and settings so far. */
export const INTEGRATION_GROUP = '200_INTEGRATION';
/** Code of the row that holds a merchant's settings of this service. */
export const SETTINGS_CODE = 'PAYMENT_SETTINGS';
