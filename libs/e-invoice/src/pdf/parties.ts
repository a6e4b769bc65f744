import type { Content } from 'pdfmake';
import type { ColumnsContent } from './layout-types';
import { buyerDisplayName } from '../buyer';
import type { InvoiceBuyer } from '../buyer';
import type { InvoicePaymentMethod, InvoiceSeller } from '../invoice';
import { PAYMENT_TEXT } from '../payment-text';
import { CONTENT_WIDTH, MUTED } from './page';

const LABEL_WIDTH = 104;

/** Who sells. The place of business stands below where it has a name or an address of its own (Decree 254/2026 Art. 10). */
export function sellerBlock(seller: InvoiceSeller): Content {
  const place = [placeName(seller), seller.locationAddress ?? ''].filter((part) => part !== '').join(', ');
  return stack([
    row('Đơn vị bán hàng', seller.name, true),
    row('Mã số thuế', seller.taxCode, true),
    row('Địa chỉ', seller.address),
    row('Địa điểm kinh doanh', place),
    row('Điện thoại', [seller.phone, seller.email].filter((part) => part !== undefined && part !== '').join(' – ')),
  ]);
}

function placeName({ locationName = '', locationCode = '' }: InvoiceSeller): string {
  return [locationName, locationCode === '' ? '' : `(${locationCode})`].filter((part) => part !== '').join(' ');
}

/** Who buys. A consumer who gave nothing has his name printed nevertheless. */
export function buyerBlock(buyer: InvoiceBuyer, paymentMethod: InvoicePaymentMethod): Content {
  const contact = [buyer.phone, buyer.email].filter((part) => part !== undefined && part !== '').join(' – ');
  const payment = row('Hình thức thanh toán', PAYMENT_TEXT[paymentMethod]);
  if (buyer.kind === 'COMPANY') {
    return stack([
      row('Họ tên người mua', buyer.contactName ?? ''),
      row('Tên đơn vị', buyer.legalName, true),
      row('Mã số thuế', buyer.taxCode, true),
      row('Mã ĐVQHNS', buyer.budgetUnitCode ?? ''),
      row('Địa chỉ', buyer.address),
      row('Liên hệ', contact),
      payment,
    ]);
  }
  return stack([
    row('Họ tên người mua', buyerDisplayName(buyer), true),
    row('Số định danh cá nhân', buyer.kind === 'PERSON' ? (buyer.personalId ?? '') : ''),
    row('Địa chỉ', buyer.kind === 'PERSON' ? (buyer.address ?? '') : ''),
    row('Liên hệ', contact),
    payment,
  ]);
}

function row(label: string, value: string, bold = false): ColumnsContent | undefined {
  if (value === '') return undefined;
  return {
    columns: [
      { width: LABEL_WIDTH, text: `${label}:`, color: MUTED },
      { width: CONTENT_WIDTH - LABEL_WIDTH, text: value, bold },
    ],
    margin: [0, 1, 0, 1],
  };
}

function stack(rows: readonly (ColumnsContent | undefined)[]): Content {
  return { stack: rows.filter((item) => item !== undefined) };
}
