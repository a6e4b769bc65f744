/** Why a text is no merchant QR code, or a value cannot be put into one. */
export type EmvErrorReason =
  /** Longer than a QR picture can hold. */
  | 'TOO_LONG'
  /** Half of a surrogate pair: it has no UTF-8 bytes over which the CRC could go. */
  | 'NOT_UNICODE'
  /** Templates within templates beyond what the format knows. */
  | 'TOO_DEEP'
  /** No two digits where an object's id must stand. */
  | 'BAD_ID'
  /** No two digits from 01 to 99 where a length must stand, or a value that no such length can tell. */
  | 'BAD_LENGTH'
  /** The text ends before the value does. */
  | 'CUT_OFF'
  | 'DUPLICATE_ID'
  /** Object 00 is not `01`, or is not the first. */
  | 'FORMAT_INDICATOR'
  /** Object 63 is not the last, or not four upper-case hex digits. */
  | 'CRC_FORM'
  | 'CRC_MISMATCH'
  /** An object that the profile demands is not there. */
  | 'MISSING'
  /** An object has a value that the profile does not allow. */
  | 'BAD_VALUE'
  /** An object that contradicts another one. */
  | 'CONTRADICTION';

/** The one error of reading and writing merchant QR codes. */
export class EmvError extends Error {
  override readonly name = 'EmvError';

  constructor(
    /** The ids that lead to the object, joined by dots (`62.08`); empty for the text as a whole. */
    readonly path: string,
    readonly reason: EmvErrorReason,
    detail: string,
  ) {
    super(path === '' ? detail : `Object ${path}: ${detail}`);
  }
}
