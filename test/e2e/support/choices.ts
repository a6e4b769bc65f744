/** How a sale may be paid for. */
export const CASH = { provider: 'SYSTEM', method: '000_CASH' };
export const GATEWAY = { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY' };

/** A buyer who wants the invoice. */
export const COMPANY = {
  kind: 'COMPANY',
  taxCode: '0100233488',
  legalName: 'Công ty Cổ phần Người Mua',
  address: '2 Lý Thường Kiệt, Hà Nội',
};
