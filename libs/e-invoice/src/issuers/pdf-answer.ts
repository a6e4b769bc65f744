import type { DownloadOutcome } from './issuer';

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const PDF_HEAD = '%PDF-';

/** A PDF that came as base64 text. Whatever else came is FAILED. */
export function pdfOutcome(base64: unknown): DownloadOutcome {
  // Lines are joined before, not by the pattern: two ways to take a line break make it try all of them.
  const text = typeof base64 === 'string' ? base64.trimEnd().replaceAll(/[\r\n]/g, '') : '-';
  if (!BASE64.test(text)) return { outcome: 'FAILED', reason: 'the data is no base64' };
  const bytes = Buffer.from(text, 'base64');
  if (bytes.subarray(0, PDF_HEAD.length).toString('latin1') !== PDF_HEAD) {
    return { outcome: 'FAILED', reason: 'the data is no PDF' };
  }
  return { outcome: 'DOWNLOADED', contentType: 'application/pdf', bytes };
}
