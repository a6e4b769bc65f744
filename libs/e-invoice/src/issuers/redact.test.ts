import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactAll, redactor } from './redact';

describe('redactor', () => {
  const secret = `p"w<&'é 1`;
  it.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify(secret)],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ '': secret }).toString().replace(/^=/, '').replaceAll('%27', "'")],
    ['in XML text', `p"w&lt;&amp;'é 1`],
    ['in an XML attribute', 'p&quot;w&lt;&amp;&apos;é 1'],
  ])('blanks out a secret %s', (_where, spelt) => {
    expect(redactor([secret])(`before ${spelt} after`)).not.toMatch(/p.{1,8}w/);
    expect(redactor([secret])(`before ${spelt} after`)).toContain('before ');
  });
  it('leaves three letters alone, and takes four', () => {
    expect(redactor(['abc', undefined])('abcd')).toBe('abcd');
    expect(redactor(['abcd'])('xabcdx')).toBe('x***x');
  });
  it('takes the longer secret first', () => {
    expect(redactor(['abcd', 'xabcdx'])('xabcdx abcd')).toBe('*** ***');
  });
  it('survives half a surrogate pair', () => {
    expect(redactor(['ab\ud800cd'])('ab\ud800cd')).toBe('***');
  });
  it('leaves no secret of letters and digits in any text', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9]{4,20}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), fc.array(fc.string()), (secrets, rest) => {
        const text = rest.join(secrets[0]) + secrets.join(',');
        const clean = redactor(secrets)(text);
        for (const one of secrets) expect(clean).not.toContain(one);
      }),
    );
  });
});

describe('redactAll', () => {
  it('goes through everything but numbers of invoices and bytes', () => {
    const bytes = Buffer.from('s3cret');
    expect(
      redactAll(
        { a: 's3cret', list: ['x s3cret'], deep: { b: 's3cret' }, invoiceNumber: '12', bytes, n: 1, none: null },
        redactor(['s3cret']),
      ),
    ).toEqual({ a: '***', list: ['x ***'], deep: { b: '***' }, invoiceNumber: '12', bytes, n: 1, none: null });
  });
});
