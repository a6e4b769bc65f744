import { describe, expect, it } from 'vitest';
import { pdfOutcome } from './pdf-answer';

const PDF = Buffer.from('%PDF-1.7 and more');

describe('pdfOutcome', () => {
  it('takes base64 on one line and on many', () => {
    const text = PDF.toString('base64');
    const expected = { outcome: 'DOWNLOADED', contentType: 'application/pdf', bytes: PDF };
    expect(pdfOutcome(text)).toEqual(expected);
    expect(pdfOutcome(`${text.slice(0, 4)}\r\n${text.slice(4)}\n `)).toEqual(expected);
  });

  it.each([
    [undefined, 'the data is no base64'],
    [7, 'the data is no base64'],
    ['JVBE Ri0=', 'the data is no base64'],
    ['JVBERi0=JVBE', 'the data is no base64'],
    ['', 'the data is no PDF'],
    [Buffer.from(' %PDF-').toString('base64'), 'the data is no PDF'],
    // A pattern that may take a line break in two ways would try them all.
    [`${'\n'.repeat(400_000)}!`, 'the data is no base64'],
  ])('refuses %.20j', (data, reason) => {
    expect(pdfOutcome(data)).toEqual({ outcome: 'FAILED', reason });
  });
});
