/** Where a ciphertext lies: it is bound to this place and does not decrypt in another row or column. */
export interface Aad {
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
}

/** Key material that cannot be used. Names the setting's problem, never the secret. */
export class KeyRingError extends Error {
  override readonly name = 'KeyRingError';
}

/** A stored ciphertext that this process cannot open. Carries the place and the key id, never the value. */
export class DecryptError extends Error {
  override readonly name = 'DecryptError';
  readonly keyId: string;
  readonly table: string;
  readonly column: string;
  readonly rowId: string;

  constructor(keyId: string, aad: Aad) {
    super(`decrypt failed: ${aad.table}.${aad.column} of row ${aad.rowId}, key ${keyId}`);
    this.keyId = keyId;
    this.table = aad.table;
    this.column = aad.column;
    this.rowId = aad.rowId;
  }
}
