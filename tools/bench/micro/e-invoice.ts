import { createHash, sign } from 'node:crypto';
import {
  buildHDon,
  calculateInvoice,
  hdonOf,
  loadInvoiceFonts,
  renderInvoicePdf,
  signDocument,
  verifyDocument,
} from '@nx/e-invoice';
import { signer } from '../../../libs/e-invoice/src/signature/certificates.fixture';
import type { Benchmark } from '../benchmark';

const LINES = 20;

const invoice = calculateInvoice({
  currency: 'VND',
  taxMethod: 'DEDUCTION',
  taxPoint: '2026-11-20',
  pricesIncludeTax: true,
  lines: Array.from({ length: LINES }, (_, index) => ({
    name: `Cà phê sữa đá số ${index + 1}`,
    unit: 'Ly',
    unitPrice: '29000',
    quantity: '2',
    taxCategory: 'STANDARD_REDUCED' as const,
  })),
});
const document = {
  form: 1,
  symbol: 'C26MYY',
  number: '315',
  seller: { taxCode: '0100109106', name: 'Công ty TNHH Cà phê Phố Cổ', address: 'Phường Hoàn Kiếm, Hà Nội' },
  buyer: { kind: 'CONSUMER' },
  paymentMethod: 'CASH',
  authorityCode: 'M1-26-7FGBT-00000000315',
  invoice,
} as const;
const hdon = hdonOf({ ...document, id: 'data', date: '2026-11-20', softwareTaxCode: '0101243150' });
const seller = signer();
const signingTime = new Date('2026-11-20T03:00:00Z');
const source = buildHDon(hdon);
const bytes = Buffer.from(source);
const signed = signDocument(source, seller, { signingTime });
const digest = (): Buffer => createHash('sha256').update(bytes).digest();
const bareSignature = (): Buffer => sign('RSA-SHA256', bytes, seller.key);

/** Fonts are read once, as a service does. */
export async function benchmarks(): Promise<readonly Benchmark[]> {
  const fonts = await loadInvoiceFonts();
  const options = { fonts, createdAt: signingTime, qrText: 'K7Q2-M9XA' };
  const printed = { ...document, invoiceDate: '2026-11-20' } as const;
  const pdf = await renderInvoicePdf(printed, options);
  return [
    {
      name: 'XML build',
      what: `the document of an invoice with ${LINES} lines`,
      subject: () => buildHDon(hdon),
      floor: { what: 'sha256 of its bytes', run: digest },
    },
    {
      name: 'XML build and sign',
      what: 'the same with its XMLDSig signature, RSA-2048',
      subject: () => signDocument(buildHDon(hdon), seller, { signingTime }),
      floor: { what: 'RSA-SHA256 signature of its bytes', run: bareSignature },
    },
    {
      name: 'XML verify',
      what: 'the signed document: structure, digest, signature, certificate',
      subject: () => verifyDocument(signed, { trust: seller.certificate }),
      floor: { what: 'sha256 of its bytes', run: digest },
    },
    {
      name: 'PDF',
      what: `the printed invoice with ${LINES} lines and a QR`,
      subject: () => renderInvoicePdf(printed, options),
      floor: { what: 'sha256 of the finished file', run: () => createHash('sha256').update(pdf).digest() },
    },
  ];
}
