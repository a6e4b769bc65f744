/** A bank that receives transfers through NAPAS. */
export interface Bank {
  /** Six digits, as VietQR names the bank. */
  readonly bin: string;
  /** The short name by which people know it. */
  readonly name: string;
}

/**
 * Banks whose BINs several public sources agree on. NAPAS admits members at any time: hand over a table of your own
 * where all of them are needed; a BIN that is not listed here is not wrong.
 */
export const BANKS: readonly Bank[] = [
  { bin: '970436', name: 'Vietcombank' },
  { bin: '970422', name: 'MB' },
  { bin: '970416', name: 'ACB' },
  { bin: '970454', name: 'BVBank' },
  { bin: '970418', name: 'BIDV' },
  { bin: '970415', name: 'VietinBank' },
  { bin: '970423', name: 'TPBank' },
  { bin: '970407', name: 'Techcombank' },
  { bin: '963388', name: 'Timo' },
];

/** The bank with this BIN in the table, if it is there. */
export function bankByBin(bin: string, banks: readonly Bank[] = BANKS): Bank | undefined {
  return banks.find((bank) => bank.bin === bin);
}
