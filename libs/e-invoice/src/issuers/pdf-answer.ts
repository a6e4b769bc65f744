import type { DownloadOutcome } from './issuer';

const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}\s*$/;
const PDF_HEAD = '%PDF-';

/** A PDF that came as base64 text. Whatever else came is FAILED. */
export function pdfOutcome(base64: unknown): DownloadOutcome {
  if (typeof base64 !== 'string' || !BASE64.test(base64)) return { outcome: 'FAILED', reason: 'the data is no base64' };
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.subarray(0, PDF_HEAD.length).toString('latin1') !== PDF_HEAD) {
    return { outcome: 'FAILED', reason: 'the data is no PDF' };
  }
  return { outcome: 'DOWNLOADED', contentType: 'application/pdf', bytes };
}
